# Wanwu as a store under measurement. Sets wanwu_pid, http_port, mqtt_port, authorization, ready.

# start_wanwu FOLDER
start_wanwu() {
  local begin
  folder=$1 http_port=$(free_port) mqtt_port=$(free_port)
  begin=$(date +%s.%N)
  dotnet "$program" serve "--urls=http://127.0.0.1:$http_port" "--Connect:Mqtt:Port=$mqtt_port" "--Data:Path=$folder/data" >>"$folder/server.log" 2>&1 &
  wanwu_pid=$! processes+=($!)
  until [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$http_port/health/ready")" = 200 ]; do
    kill -0 "$wanwu_pid" 2>/dev/null || { tail -5 "$folder/server.log" >&2; return 1; }
    sleep 0.02
  done
  ready=$(calc %.2f "$(date +%s.%N) - $begin")
  [ -s "$folder/token" ] || dotnet "$program" token create --name bench --role administrator "--Data:Path=$folder/data" >"$folder/token" || return 1
  token=$(cat "$folder/token") authorization="Authorization: Bearer $token"
  curl -sf -m 300 -K - -o "$work/things.json" <<<"header = \"$authorization\"
url = \"$(api things?limit=1)\"" || return 1
}

api() { echo "http://127.0.0.1:$http_port/api/v1/$1"; }
get() { curl -sf -m 300 -H "$authorization" "$(api "$1")"; }

# enrol COUNT: makes that many things and keeps their ids in FOLDER/ids.
enrol() {
  local from body
  [ "$(cat "$folder/ids" 2>/dev/null | wc -l)" = "$1" ] && return
  : >"$folder/ids"
  for ((from = 0; from < $1; from += 1000)); do
    body=$(awk -v from="$from" -v to="$1" 'BEGIN { printf "["; for (i = from; i < to && i < from + 1000; i++) printf "%s{\"name\":\"Station %05d\"}", (i > from) ? "," : "", i; print "]" }')
    curl -sf -m 60 -H "$authorization" -H 'Content-Type: application/json' -d @- "$(api things/batch)" <<<"$body" | grep -o '"id":"[0-9a-z]*"' | cut -d'"' -f4 >>"$folder/ids"
  done
  [ "$(wc -l <"$folder/ids")" = "$1" ] || { say "enrolled $(wc -l <"$folder/ids") of $1 things"; return 1; }
}

# Returns when what was acknowledged is in the store too, and says how many observations are.
stored() { json stored "$(get account | sed 's/,"protocols.*//')"; }

compact() { curl -sf -m 1200 -X POST -H "$authorization" "$(api compact)"; }

# send_mqtt ARGUMENTS...: the generator, through MQTT.
send_mqtt() { timeout 1500 "$work/storeload" -p "$mqtt_port" -u token -P "$token" -i "$folder/ids" -s "$things" -z "$wanwu_pid" "$@"; }
send_http() { timeout 1500 "$work/storeload" -d http -p "$http_port" -H "$authorization" -i "$folder/ids" -s "$things" -z "$wanwu_pid" "$@"; }
