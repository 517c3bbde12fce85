# The peers: fetched if need be, started, stopped, filled. Each of them is optional.

# fetch PACKAGE PROGRAM: sets found to the program's path, or to nothing.
fetch() {
  local path
  found=''
  path=$(command -v "$2" || ls "/usr/lib/postgresql/15/bin/$2" 2>/dev/null)
  if [ -z "$path" ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    say "fetching $1"
    mkdir -p "$work/packages" && (cd "$work/packages" && timeout 120 apt-get download "$1" >/dev/null 2>&1 && dpkg-deb -x "$1"_*.deb .)
    path=$(find "$work/packages/usr" -path "*/bin/$2" 2>/dev/null | head -1)
  fi
  [ -z "$path" ] || path=$(readlink -f "$path")
  [ -n "$path" ] && "$path" "${3:---version}" >/dev/null 2>&1 || { say "$1 is neither installed nor to be had: it is left out."; return 1; }
  found=$path
}

# answers URL PID: waits until a server does.
answers() {
  local turn
  for turn in $(seq 300); do
    curl -s -o /dev/null "$1" && return
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

start_influx() {
  local dir=$1
  [ -n "${influxd:=}" ] || { fetch influxdb influxd version && influxd=$found; } || return 1
  influx_port=$(free_port)
  mkdir -p "$dir"
  cat >"$dir/influxdb.conf" <<CONF
reporting-disabled = true
bind-address = "127.0.0.1:$(free_port)"
[meta]
  dir = "$dir/meta"
[data]
  dir = "$dir/data"
  wal-dir = "$dir/wal"
  index-version = "tsi1"
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "${2:-10m}"
  compact-full-write-cold-duration = "${3:-4h}"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:$influx_port"
  log-enabled = false
CONF
  "$influxd" -config "$dir/influxdb.conf" >>"$dir/log" 2>&1 &
  influx_pid=$! processes+=($!)
  answers "http://127.0.0.1:$influx_port/ping" "$influx_pid" || { say "InfluxDB did not start: $(tail -1 "$dir/log")"; return 1; }
  curl -s -o /dev/null -X POST "http://127.0.0.1:$influx_port/query" --data-urlencode 'q=CREATE DATABASE bench'
}
send_influx() { timeout 1500 "$work/storeload" -d lines -p "$influx_port" -s "$things" -z "$influx_pid" "$@"; }

start_victoria() {
  [ -n "${victoria:=}" ] || { fetch victoria-metrics victoria-metrics && victoria=$found; } || return 1
  victoria_port=$(free_port)
  "$victoria" -storageDataPath="$1" -retentionPeriod=20y -httpListenAddr="127.0.0.1:$victoria_port" -search.latencyOffset=0s >"$work/victoria.log" 2>&1 &
  victoria_pid=$! processes+=($!)
  answers "http://127.0.0.1:$victoria_port/metrics" "$victoria_pid" || { say "VictoriaMetrics did not start: $(tail -1 "$work/victoria.log")"; return 1; }
}
send_victoria() { timeout 1500 "$work/storeload" -d lines -D /write?precision=ms -p "$victoria_port" -s "$things" -z "$victoria_pid" "$@"; }

# PostgreSQL does not run as root: it is then run as its own user, if there is one.
as_postgres=()
[ "$(id -u)" != 0 ] || as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)

start_postgres() {
  local dir=$1
  [ -n "${postgres:=}" ] || { fetch postgresql-15 initdb && postgres=${found%/*}; } || return 1
  postgres_port=$(free_port)
  mkdir -p "$dir" && chmod 711 "$dir" && mkdir -p "$dir/db"
  [ "$(id -u)" != 0 ] || chown postgres "$dir/db" || return 1
  "${as_postgres[@]}" "$postgres/initdb" -D "$dir/db" -U bench --auth=trust >"$dir/log" 2>&1 || { say "PostgreSQL's initdb failed: $(tail -1 "$dir/log")"; return 1; }
  "${as_postgres[@]}" "$postgres/postgres" -D "$dir/db" -p "$postgres_port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=2GB -c max_wal_size=4GB -c max_connections=100 >>"$dir/log" 2>&1 &
  postgres_pid=$! processes+=($!)
  for _ in $(seq 100); do "$postgres/pg_isready" -q -h 127.0.0.1 -p "$postgres_port" && break; sleep 0.1; done
  sql 'CREATE TABLE observations (series integer NOT NULL, t timestamptz NOT NULL, value double precision); CREATE INDEX ON observations (series, t); CREATE INDEX ON observations USING brin (t)'
}
sql() { PGOPTIONS='-c client_min_messages=warning' "$postgres/psql" -h 127.0.0.1 -p "$postgres_port" -U bench -d postgres -qtA -v ON_ERROR_STOP=1 -c "$1"; }
copy_postgres() { "$work/storeload" -d csv -s "$things" "$@" | sql 'COPY observations FROM STDIN WITH (FORMAT csv)'; }
# The servers of one PostgreSQL are many processes: what their whole family used.
postgres_cpu() { local sum=0 pid; for pid in "$postgres_pid" $(pgrep -P "$postgres_pid"); do sum=$(calc %.2f "$sum + $(cpu_seconds "$pid" 2>/dev/null || echo 0)"); done; echo "$sum"; }

peer_versions() {
  local all=''
  [ -z "${influxd:-}" ] || all+="$("$influxd" version | cut -d' ' -f1,2), "
  [ -z "${postgres:-}" ] || all+="$("$postgres/postgres" --version | cut -d' ' -f1,3), "
  [ -z "${victoria:-}" ] || all+="$("$victoria" --version 2>&1 | sed 's/-[0-9]*-.*//' | head -1), "
  all=${all%, }
  echo "${all:-no peers}"
}
