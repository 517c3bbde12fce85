# The questions, put to each store one after the other over one connection that stays.

question_kinds='latest day hourly daily all top'
bound_of() { case $1 in latest) echo 2 ;; day) echo 10 ;; hourly | daily) echo 15 ;; all) echo 30 ;; top) echo 50 ;; esac; }
name_of() {
  case $1 in
    latest) echo 'latest of a thing' ;;
    day) echo 'one series, a day' ;;
    hourly) echo 'one series, hourly for 30 days (average, lowest, highest)' ;;
    daily) echo 'one series, daily for a year (average, lowest, highest), days of its own zone' ;;
    all) echo "average over all $((things * 10)) series in an hour, by property" ;;
    top) echo "top ten of $((things * 10)) series by a day's maximum" ;;
  esac
}

# draw KIND COUNT: lines of thing's number, property's number, from, to (milliseconds), somewhere in the year that was loaded; the same for each store.
draw() {
  awk -v kind="$1" -v count="$2" -v things="$things" -v origin="$origin" -v seed="$(cksum <<<"$1" | cut -d' ' -f1)" 'BEGIN {
    srand(seed); day = 86400000
    width = kind == "hourly" ? 30 * day : kind == "daily" ? 365 * day : kind == "all" ? day / 24 : day
    for (i = 0; i < count; i++) {
      from = origin + int(rand() * (365 * day - width) / (kind == "all" ? day / 24 : day)) * (kind == "all" ? day / 24 : day)
      printf "%d %d %.0f %.0f\n", rand() * things, rand() * 10, from, from + width
    }
  }'
}

properties='temperature humidity pressure pm25 noise voltage current flow level energy'

# Each prints an address for each line drawn.
wanwu_address() {
  awk -v kind="$1" -v base="http://127.0.0.1:$http_port/api/v1/" -v names="$properties" -v ids="$folder/ids" 'BEGIN { split(names, name); while ((getline one < ids) > 0) id[n++] = one }
    { series = base "things/" id[$1] "/series/" name[$2 + 1]; time = "from=" $3 "&to=" $4 }
    kind == "latest" { print base "things/" id[$1] "/latest" }
    kind == "day" { print series "?" time }
    kind == "hourly" { print series "?every=1h&aggregate=avg,min,max&" time }
    kind == "daily" { print series "?every=1d&aggregate=avg,min,max&" time }
    kind == "all" { print base "observations/buckets?aggregate=avg&group=property&" time }
    kind == "top" { print base "observations/buckets?aggregate=max&top=10&" time }'
}
influx_address() {
  awk -v kind="$1" -v base="http://127.0.0.1:$influx_port/query?db=bench&epoch=ms&q=" -v names="$properties" '
    function escape(text) { gsub(/%/, "%25", text); gsub(/ /, "%20", text); gsub(/"/, "%22", text); gsub(/>/, "%3E", text); gsub(/</, "%3C", text); gsub(/;/, "%3B", text); gsub(/\+/, "%2B", text); return text }
    BEGIN { split(names, name) }
    { time = "time >= " $3 "ms AND time < " $4 "ms"; thing = "thing = '\''" $1 "'\''"; three = "mean(" name[$2 + 1] "), min(" name[$2 + 1] "), max(" name[$2 + 1] ")" }
    kind == "latest" { q = "SELECT * FROM observations WHERE " thing " ORDER BY time DESC LIMIT 1" }
    kind == "day" { q = "SELECT " name[$2 + 1] " FROM observations WHERE " thing " AND " time }
    kind == "hourly" { q = "SELECT " three " FROM observations WHERE " thing " AND " time " GROUP BY time(1h) fill(none)" }
    kind == "daily" { q = "SELECT " three " FROM observations WHERE " thing " AND " time " GROUP BY time(1d) fill(none)" }
    kind == "all" { q = "SELECT mean(*) FROM observations WHERE " time }
    kind == "top" { q = ""; for (i = 1; i <= 10; i++) q = q (i > 1 ? "; " : "") "SELECT top(m, thing, 10) FROM (SELECT max(" name[i] ") AS m FROM observations WHERE " time " GROUP BY thing)" }
    { print base escape(q) }'
}
# VictoriaMetrics by its own query language; a value counts for five minutes unless told, so that "latest" looks back as far as the data are apart.
victoria_address() {
  awk -v kind="$1" -v base="http://127.0.0.1:$victoria_port/api/v1/" -v names="$properties" '
    function escape(text) { gsub(/ /, "%20", text); gsub(/"/, "%22", text); gsub(/\{/, "%7B", text); gsub(/\}/, "%7D", text); gsub(/\[/, "%5B", text); gsub(/\]/, "%5D", text); gsub(/\+/, "%2B", text); return text }
    BEGIN { split(names, name) }
    { one = "observations_" name[$2 + 1] "{thing=\"" $1 "\"}"; at = "&time=" $4 / 1000; range = "&start=" $3 / 1000 "&end=" $4 / 1000 "&step=" }
    kind == "latest" { print base "query?query=" escape("last_over_time({thing=\"" $1 "\"}[30d])") at }
    kind == "day" { print base "query?query=" escape(one "[1d]") at }
    kind == "hourly" { print base "query_range?nocache=1&query=" escape("avg_over_time(" one "[1h])") range "1h" }
    kind == "daily" { print base "query_range?nocache=1&query=" escape("avg_over_time(" one "[1d])") range "1d" }
    kind == "all" { print base "query?query=" escape("sum(sum_over_time({__name__=~\"observations_.*\"}[1h])) by (__name__)") at }
    kind == "top" { print base "query?query=" escape("topk(10, max_over_time({__name__=~\"observations_.*\"}[1d]))") at }'
}

# time_all STORE KIND [AUTHORIZATION]: sets median and p99 in milliseconds; the first tenth only warms up.
time_all() {
  local count=$questions out="$work/times"
  # What reads much is asked less often, of the peers still less.
  [ "$2" = all ] || [ "$2" = top ] && { if [ "$1" = wanwu ]; then count=$(((questions + 2) / 3)); else count=20; fi; }
  {
    [ -z "${3:-}" ] || printf 'header = "%s"\n' "$3"
    draw "$2" $((count + count / 10 + 2)) | "$1_address" "$2" | sed 's/.*/url = "&"\noutput = "\/dev\/null"/; '
  } >"$work/curl"
  timeout 240 curl -s -g -m 30 -K "$work/curl" -w '%{http_code} %{time_total} %{size_download}\n' 2>/dev/null | tail -n +$((count / 10 + 3)) >"$out"
  median='' p99=''
  [ "$(grep -c '^200 ' "$out")" = "$count" ] || { say "$1 answered $(grep -c '^200 ' "$out") of $count questions: $(cut -d' ' -f1 "$out" | sort | uniq -c | tr '\n' ' ')"; return 1; }
  between "$(awk '{ print $2 * 1000 }' "$out")"
  say "$1, $2: $median ms, p99 $p99 ms, $(awk '{ n += $3 } END { printf "%.0f", n / NR }' "$out") bytes an answer"
}
# between NUMBERS: median and 99th of a hundred.
between() { read -r median p99 < <(sort -g <<<"$1" | awk '{ a[NR] = $1 } END { printf "%.1f %.1f\n", a[int((NR + 1) / 2)], a[int(NR * 0.99 + 0.999)] }'); }

# time_postgres KIND: the same through pgbench, prepared.
time_postgres() {
  local script="$work/question.sql" day=86400 count=$questions
  # What reads much is asked less often.
  [ "$1" = all ] || [ "$1" = top ] && count=10
  local start=$((origin / 1000))
  {
    echo "\\set s random(1, $((things * 10)))"
    case $1 in
      latest) echo "\\set thing random(0, $((things - 1)))"
        echo "SELECT s, l.t, l.value FROM generate_series(:thing * 10 + 1, :thing * 10 + 10) s, LATERAL (SELECT t, value FROM observations WHERE series = s ORDER BY t DESC LIMIT 1) l;" ;;
      day) echo "\\set f random(0, 363) * $day + $start"; echo "SELECT t, value FROM observations WHERE series = :s AND t >= to_timestamp(:f) AND t < to_timestamp(:f + $day) ORDER BY t;" ;;
      hourly) echo "\\set f random(0, 334) * $day + $start"
        echo "SELECT date_trunc('hour', t) h, avg(value), min(value), max(value) FROM observations WHERE series = :s AND t >= to_timestamp(:f) AND t < to_timestamp(:f + 30 * $day) GROUP BY h ORDER BY h;" ;;
      daily) echo "SELECT date_trunc('day', t) d, avg(value), min(value), max(value) FROM observations WHERE series = :s GROUP BY d ORDER BY d;" ;;
      all) echo "\\set f random(0, 8759) * 3600 + $start"; echo "SELECT series % 10, avg(value) FROM observations WHERE t >= to_timestamp(:f) AND t < to_timestamp(:f + 3600) GROUP BY 1;" ;;
      top) echo "\\set f random(0, 363) * $day + $start"; echo "SELECT series, max(value) m FROM observations WHERE t >= to_timestamp(:f) AND t < to_timestamp(:f + $day) GROUP BY series ORDER BY m DESC LIMIT 10;" ;;
    esac
  } >"$script"
  rm -f "$work"/pg.*
  (cd "$work" && PGOPTIONS='-c max_parallel_workers_per_gather=2' timeout 240 "$postgres/pgbench" -h 127.0.0.1 -p "$postgres_port" -U bench -n -M prepared -c 1 -t $((count + count / 10)) -l --log-prefix=pg -f "$script" postgres) >"$work/pgbench.log" 2>&1 \
    || { say "PostgreSQL failed: $(tail -1 "$work/pgbench.log")"; median='' p99=''; return 1; }
  between "$(cut -d' ' -f3 "$work"/pg.* | tail -n "$count" | awk '{ print $1 / 1000 }')"
  say "PostgreSQL, $1: $median ms, p99 $p99 ms"
}
