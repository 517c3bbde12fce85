# The cases: each fills rows of a section, which the page prints.

declare -A rows_of=()
put() { local section=$1; shift; rows_of[$section]+="| $* |"$'\n'; say "$*"; }
head_of() {
  case $1 in
    ingest) echo '| 64 clients | batch | observations/s | p50 ms | p99 ms | CPU us | asked | reached |' ;;
    load) echo '| sustained | measured | asked | reached |' ;;
    queries) echo '| question | Wanwu, ms | p99 | asked | reached | InfluxDB | p99 | PostgreSQL | p99 | VictoriaMetrics | p99 |' ;;
    size) echo '| bytes an observation, generated data | | asked | reached |' ;;
    care) echo '| backup, export, import | measured | asked | reached |' ;;
    recordings) echo '| recording | observations | Wanwu | with rollups | InfluxDB | PostgreSQL | VictoriaMetrics |' ;;
  esac
}
section() {
  local head; head=$(head_of "$1")
  [ "$1" != queries ] || question_rows
  [ -n "${rows_of[$1]:-}" ] || return 0
  printf '\n%s\n%s\n%s' "$head" "$(sed 's/[^|]*|/---|/g; s/^---|/|/' <<<"$head")" "${rows_of[$1]}"
}

today() { echo $(($(date +%s) / 86400 * 86400000)); }

# -- ingest --------------------------------------------------------------------------------------------------------------------------

# ingest_of SENDER BATCH OBSERVATIONS ARGUMENTS...: the median of the runs; sets rate, p50, p99, cpu. Times go on from run to run: nothing comes twice.
ingest_of() {
  local sender=$1 batch=$2 count=$3 run line
  shift 3
  : >"$work/runs"
  for run in 0 $(seq "$runs"); do
    line=$("$sender" -n $((run == 0 ? count / 4 : count)) -b "$batch" -o "$ingest_time" -I 1000 "$@" -t 120) || { say "$sender, $batch a request: $line"; return 1; }
    ingest_time=$((ingest_time + count / things / 10 * 1000 + 3600000))
    [ "$run" = 0 ] || echo "$line" >>"$work/runs"
  done
  line=$(sed 's/.*"rate":\([0-9]*\).*/\1 &/' "$work/runs" | sort -n | sed -n "$(((runs + 1) / 2))s/^[0-9]* //p")
  rate=$(json rate "$line") p50=$(json p50_ms "$line") p99=$(json p99_ms "$line") cpu=$(json cpu_us "$line")
}
# one_ingest NAME SENDER BATCH OBSERVATIONS ARGUMENTS...
one_ingest() {
  local name=$1; shift
  ingest_of "$@" || { put ingest "$name | $2 | failed | | | | |"; return 1; }
  put ingest "$name | $2 | $rate | $p50 | $p99 | $cpu | |"
}
ingest_case() {
  local like='' best=0 batch
  say "ingest"
  ingest_time=$(($(today) - 300 * 86400000))
  if start_influx "$work/influx-ingest"; then
    for batch in 10 100 1000 5000 20000; do
      one_ingest InfluxDB send_influx $batch $((batch == 10 ? ingest / 6 : ingest / 2)) || continue
      [ $batch != 10 ] || like=$rate
      is "$rate > $best" && best=$rate
    done
    end "$influx_pid"
  fi
  if start_postgres "$work/postgres-ingest"; then postgres_ingest; end "$postgres_pid" INT; rm -rf "$work/postgres-ingest"; fi
  if mkdir -p "$work/wanwu-ingest" && start_wanwu "$work/wanwu-ingest" && enrol "$things"; then
    ingest_of send_mqtt 10 $((ingest / 4)) -w 8
    one_ingest 'Wanwu, HTTP, one in flight' send_http 10 $((ingest / 10))
    one_ingest 'Wanwu, MQTT, one in flight' send_mqtt 10 $((ingest / 3)) -w 1 && ratio_rows 'one in flight'
    one_ingest 'Wanwu, MQTT, 4 in flight' send_mqtt 10 "$ingest" -w 4 && ratio_rows '4 in flight'
    one_ingest 'Wanwu, MQTT, 8 in flight' send_mqtt 10 "$ingest" -w 8 && ratio_rows '8 in flight'
    one_ingest 'Wanwu, MQTT, 4 in flight' send_mqtt 100 "$ingest" -w 4
    [ "$best" = 0 ] || put ingest "the last, beside InfluxDB at its best batch | | $(calc %.2f "$rate / $best") times | | | | |"
    end "$wanwu_pid"
  fi
}
ratio_rows() {
  put ingest "Wanwu, $1: p99 | | | | $p99 | | <= 20 | $(verdict "$p99" 20)"
  [ -z "$like" ] || put ingest "Wanwu, $1, beside InfluxDB with the same requests | | $(calc %.2f "$rate / $like") times | | | | >= 5 | $(verdict "$(calc %.3f "$rate / $like")" '>5')"
}
postgres_ingest() {
  local i values='' seconds=8
  for i in 1 2 3 4 5 6 7 8 9 10; do values+="${values:+, }(:thing * 10 + $i, now(), 21.5)"; done
  printf '\\set thing random(0, %d)\nINSERT INTO observations VALUES %s;\n' $((things - 1)) "$values" >"$work/insert.sql"
  [ -z "$quick" ] || seconds=3
  local before after line
  before=$(postgres_cpu)
  (cd "$work" && timeout 60 "$postgres/pgbench" -h 127.0.0.1 -p "$postgres_port" -U bench -n -M prepared -c 64 -j 2 -T $seconds -l --log-prefix=insert -f insert.sql postgres) >"$work/pgbench.log" 2>&1 &
  local bench=$!
  # The servers of the 64 connections go with them: asked just before the end.
  sleep $((seconds - 1)); after=$(postgres_cpu); wait $bench
  line=$(awk '/^tps/ { print $3 }' "$work/pgbench.log")
  [ -n "$line" ] || { say "PostgreSQL: $(tail -1 "$work/pgbench.log")"; return 1; }
  between "$(cat "$work"/insert.* | awk 'NF >= 6 { print $3 / 1000 }')"; rm -f "$work"/insert.[0-9]*
  put ingest "PostgreSQL, INSERT | 10 | $(calc %.0f "$line * 10") | $median | $p99 | $(calc %.3f "($after - $before) * 1e6 / ($line * 10 * ($seconds - 1))") | |"
}

# -- load, size, queries, start ------------------------------------------------------------------------------------------------------

loaded_cases() {
  local store=$data/wanwu-$observations
  mkdir -p "$store"
  if ! [ -s "$store/loaded" ]; then
    say "loading $observations observations into $store"
    rm -rf "${store:?}"/*
    start_wanwu "$store" && enrol "$things" && load_case && echo "$origin $interval" >"$store/loaded" || { say "the load failed"; return; }
  else
    read -r origin interval <"$store/loaded"
    say "taking what was loaded before from $store"
    start_wanwu "$store" || return
  fi
  wanted size && size_case
  wanted queries && query_case
  wanted backup && backup_case
  wanted start && start_case
  end "$wanwu_pid"
}

# Notes the largest resident memory of a process four times a second, until it is told to end.
memory_of() { local most=0 now; while now=$(resident_kb "$1" 2>/dev/null) && [ -n "$now" ]; do [ "$now" -le $most ] || { most=$now; echo $most >"$work/memory"; }; sleep 0.25; done; }

load_case() {
  local ticks=$((observations / things / 10)) line sampler begun took stored hot
  interval=$((365 * 86400000 / ticks)) origin=$(($(today) - 365 * 86400000))
  echo 0 >"$work/memory"
  memory_of "$wanwu_pid" & sampler=$!; processes+=($sampler)
  # When half of it is in, what is over is compacted while the other half comes.
  (while [ "$(json stored "$(get account | sed 's/,"protocols.*//')")" -lt $((observations / 2)) ]; do sleep 1; done; compact >"$work/compacted") & local compacting=$!; processes+=($compacting)
  line=$(send_mqtt -n "$observations" -o "$origin" -I "$interval" -w 8 -t 1200 -S "$store/seconds") || { say "loading: $line"; return 1; }
  begun=$(date +%s.%N); stored=$(stored); took=$(calc %.1f "$(date +%s.%N) - $begun")
  wait $compacting
  say "loaded: $line; compacted meanwhile: $(cat "$work/compacted")"
  put load "observations/s, $stored of $observations stored; the last loaded $took s after the last acknowledgement | $(json rate "$line") | |"
  put load "the same, in tenths of the time: from first to last | $(tenths "$store/seconds") | |"
  put load "CPU us an observation, the compaction included | $(json cpu_us "$line") | |"
  put load "acknowledgement, p50 / p99 / p99.9 ms | $(json p50_ms "$line") / $(json p99_ms "$line") / $(json p999_ms "$line") | |"
  put load "longest acknowledgement with loads and a compaction under way, at full rate, ms | $(json max_ms "$line") | <= 1000 | $(verdict "$(json max_ms "$line")" 1000)"
  line=$(json longestSwitchMilliseconds "$(cat "$work/compacted")")
  put load "longest hold of the loading by a switch of tiers, at full rate, ms; the store's own log afterwards, MB | ${line:-?}; $(calc %.0f "$(stat -c %s "$folder/data/telemetry.duckdb.wal" 2>/dev/null || echo 0) / 1048576") | |"
  compact_under_load
  end "$sampler"
  line=$(calc %.0f "$(cat "$work/memory") / 1024")
  put load "most memory resident, load and compactions, MB | $line | <= 1024 | $(verdict "$line" 1024)"
}
tenths() { awk '{ a[NR] = $2 } END { n = NR > 1 ? NR - 1 : 1; for (i = 0; i < 10; i++) { s = k = 0; for (j = int(i * n / 10) + 1; j <= int((i + 1) * n / 10); j++) { s += a[j]; k++ } if (k) printf "%s%.0f k", i ? ", " : "", s / k / 1000 } }' "$1"; }

# What is left becomes cold while so many arrive as the questions are measured with.
compact_under_load() {
  local line
  arrivals_begin
  compact >"$work/compacted"
  arrivals_end; line=$(cat "$work/arriving")
  put load "the rest becomes cold, $arriving/s arriving: $(sed 's/[{}"]//g; s/:/ /g; s/,/, /g' "$work/compacted") | | |"
  put load "acknowledgement meanwhile, p50 / p99 / longest ms | $(json p50_ms "$line") / $(json p99_ms "$line") / $(json max_ms "$line") | <= 1000 | $(verdict "$(json max_ms "$line")" 1000)"
}

# Observations of the present time, until told to end.
arrivals_begin() {
  "$work/storeload" -p "$mqtt_port" -u token -P "$token" -i "$folder/ids" -s "$things" -z "$wanwu_pid" -r "$arriving" -w 20 -n 1000000000 -t 1500 >"$work/arriving" 2>&1 &
  arriving_pid=$!; processes+=($arriving_pid)
}
arrivals_end() { end "$arriving_pid"; }

size_case() {
  local tiers rows bytes each
  tiers=$(get tiers) || return 1
  rows=$(json rows "${tiers#*\"cold\"}") bytes=$(json bytes "${tiers#*\"cold\"}")
  [ "${rows:-0}" -gt 0 ] || { say "nothing is cold: $tiers"; return 1; }
  each=$(calc %.2f "$bytes / $rows")
  put size "Wanwu, cold, $rows of them in $(json files "${tiers#*\"cold\"}") files | $each | <= 3.5 | $(verdict "$each" 3.5)"
  put size "the same with rollups | $(calc %.2f "$(cold_bytes "$folder") / $rows") | |"
}
# All that lies in the cold folder, rollups too.
cold_bytes() { find "$1/data/cold" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }

declare -A answer=()
# note STORE KIND: keeps what was measured.
note() { answer[$1-$2]=$median answer[$1-$2-p99]=$p99; }
query_case() {
  local kind line
  say "questions, while $arriving/s arrive"
  arrivals_begin
  for kind in $question_kinds; do time_all wanwu "$kind" "$authorization" && note wanwu "$kind"; done
  arrivals_end
  line=$(cat "$work/arriving")
  put load "$arriving/s arriving beside the questions: taken / s, p50 / p99 / longest ms | $(json rate "$line"), $(json p50_ms "$line") / $(json p99_ms "$line") / $(json max_ms "$line") | |"
}
question_rows() {
  local kind bound own
  for kind in $question_kinds; do
    own=${answer[wanwu-$kind]:-} bound=$(bound_of "$kind")
    [ -n "$own${answer[influx-$kind]:-}${answer[postgres-$kind]:-}${answer[victoria-$kind]:-}" ] || continue
    rows_of[queries]+="| $(name_of "$kind") | $own | ${answer[wanwu-$kind-p99]:-} | <= $bound | ${own:+$(verdict "$own" "$bound")} |"
    for line in influx postgres victoria; do rows_of[queries]+=" ${answer[$line-$kind]:-} | ${answer[$line-$kind-p99]:-} |"; done
    rows_of[queries]+=$'\n'
  done
}

start_case() {
  local how begun took thing
  thing=$(head -1 "$folder/ids")
  for how in 'after an orderly end' 'after kill -9, with observations arriving'; do
    if [ "$how" = 'after an orderly end' ]; then end "$wanwu_pid"; else arrivals_begin; sleep 3; kill -9 "$wanwu_pid"; arrivals_end; end "$wanwu_pid" KILL; fi
    sync; (echo 3 >/proc/sys/vm/drop_caches) 2>/dev/null || say "the page cache could not be emptied"
    begun=$(date +%s.%N)
    start_wanwu "$folder" || return 1
    until get "things/$thing/series/temperature?every=1d&from=$origin&to=$((origin + 86400000 * 365))" | grep -q '"avg":'; do sleep 0.02; done
    took=$(calc %.2f "$(date +%s.%N) - $begun")
    put load "start $how to the first answer (a year of days), s; ready after $ready | $took | <= 5 | $(verdict "$took" 5)"
  done
}

# -- peers ---------------------------------------------------------------------------------------------------------------------------

peer_cases() {
  local ticks=$((peer_observations / things / 10))
  say "peers, $peer_observations observations each"
  interval=$((365 * 86400000 / ticks)) origin=$(($(today) - 365 * 86400000))
  influx_case; postgres_case; victoria_case
}
each_of() { calc %.2f "$1 / $peer_observations"; }
bytes_below() { find "$@" -type f -printf '%s\n' 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'; }

# ask STORE: all questions to a peer.
ask() { local kind; for kind in $question_kinds; do if [ "$1" = postgres ]; then time_postgres "$kind"; else time_all "$1" "$kind"; fi && note "$1" "$kind"; done; }

influx_case() {
  local line dir=$work/influx arriver
  start_influx "$dir" 5s 10s || return
  line=$(send_influx -n "$peer_observations" -o "$origin" -I "$interval" -b 5000 -t 600) || { say "InfluxDB: $line"; end "$influx_pid"; return; }
  put load "InfluxDB, $peer_observations of them in batches of 5000: observations/s; CPU us; MB resident at most | $(json rate "$line"); $(json cpu_us "$line"); $(json rss_max_mb "$line") | |"
  settled "$dir/data"
  put size "InfluxDB, $peer_observations of them | $(each_of "$(bytes_below "$dir/data")") | |"
  "$work/storeload" -d lines -p "$influx_port" -s "$things" -r "$arriving" -b 1000 -n 1000000000 -t 900 >"$work/arriving" 2>&1 & arriver=$!; processes+=($arriver)
  ask influx
  end $arriver; end "$influx_pid"; rm -rf "$dir"
}
# settled FOLDER: waits, a minute at most, until a peer has done what it does in the background.
settled() { local before=-1 now turn; for turn in $(seq 12); do now=$(bytes_below "$1"); [ "$now" != "$before" ] || return 0; before=$now; sleep 5; done; }

postgres_case() {
  local begun took line
  start_postgres "$work/postgres" || return
  begun=$(date +%s.%N)
  copy_postgres -n "$peer_observations" -o "$origin" -I "$interval" || { end "$postgres_pid" INT; return; }
  took=$(calc %.2f "$(date +%s.%N) - $begun")
  put load "PostgreSQL, $peer_observations of them by one COPY: observations/s | $(calc %.0f "$peer_observations / $took") | |"
  sql 'VACUUM ANALYZE observations'
  put size "PostgreSQL, $peer_observations of them, with its indexes | $(each_of "$(sql "SELECT pg_total_relation_size('observations')")") | |"
  ask postgres
  end "$postgres_pid" INT; rm -rf "$work/postgres"
}

victoria_case() {
  local line dir=$work/victoria
  start_victoria "$dir" || return
  line=$(send_victoria -n "$peer_observations" -o "$origin" -I "$interval" -b 5000 -t 600) || { say "VictoriaMetrics: $line"; end "$victoria_pid"; return; }
  put load "VictoriaMetrics, $peer_observations of them in batches of 5000 (not durable when acknowledged): observations/s; CPU us; MB resident at most | $(json rate "$line"); $(json cpu_us "$line"); $(json rss_max_mb "$line") | |"
  curl -s -m 120 -o /dev/null "http://127.0.0.1:$victoria_port/internal/force_flush"; curl -s -m 120 -o /dev/null "http://127.0.0.1:$victoria_port/internal/force_merge"
  settled "$dir/data"
  put size "VictoriaMetrics, $peer_observations of them | $(each_of "$(bytes_below "$dir/data/small" "$dir/data/big")") | |"
  ask victoria
  end "$victoria_pid"; rm -rf "$dir"
}

# -- recordings ----------------------------------------------------------------------------------------------------------------------

# cells FILE FORMAT: the numbers of a recording as JSON reports, lines for InfluxDB, or CSV for PostgreSQL; on standard error how many there are. Times are taken as UTC.
cells() {
  TZ=UTC awk -F, -v format="$2" 'NR == 1 { for (i = 1; i <= NF; i++) { gsub(/[".\r]/, "", $i); name[i] = $i }; air = name[1] == "No"; next }
    {
      sub(/\r$/, "")
      if (air) at = sprintf("%04d-%02d-%02d %02d:00:00", $2, $3, $4, $5); else at = $1
      n = 0; line = ""
      for (i = air ? 6 : 2; i <= NF; i++) {
        if ($i !~ /^-?[0-9.]+(e-?[0-9]+)?$/) continue
        if (format == "csv") print i "," at "Z," $i
        else line = line (n ? "," : "") (format == "json" ? "\"" name[i] "\":" : name[i] "=") $i
        n++; all++
      }
      if (!n) next
      if (format == "json") { sub(/ /, "T", at); print "{\"t\":\"" at "Z\",\"values\":{" line "}}" }
      if (format == "lines") { gsub(/[-:]/, " ", at); print "recording,thing=1 " line " " mktime(at) }
    }
    END { print all > "/dev/stderr" }' "$1"
}

recording_cases() {
  local file dir
  for dir in "${folders[@]}"; do
    while read -r file; do recording "$file"; done < <(find -L "$dir" -type f \( -iname '*aotizhongxin*.csv' -o -name 'PRSA*.csv' -o -name 'ETT*.csv' \) | sort)
  done
}
recording() {
  local name count own rolled influx='' postgresql='' victorias='' dir
  name=$(basename "$1"); dir=$work/recording; rm -rf "$dir"; mkdir -p "$dir"
  say "recording $name"
  cells "$1" json >"$dir/json" 2>"$dir/count"; count=$(cat "$dir/count")
  start_wanwu "$dir" && enrol 1 || return
  split -l 20000 "$dir/json" "$dir/part-"
  for part in "$dir"/part-*; do
    curl -sf -m 120 -o "$dir/answer" -H "$authorization" -H 'Content-Type: application/x-ndjson' --data-binary @"$part" "$(api "things/$(cat "$dir/ids")/report")" || { say "$name was refused"; return 1; }
  done
  [ "$(stored)" = "$count" ] || say "$name: $(stored) of $count stored: $(head -c 300 "$dir/answer")"
  compact >/dev/null
  own=$(get tiers); own=$(calc %.2f "$(json bytes "${own#*\"cold\"}") / $(json rows "${own#*\"cold\"}")") rolled=$(calc %.2f "$(cold_bytes "$dir") / $count")
  end "$wanwu_pid"
  cells "$1" lines >"$dir/lines" 2>/dev/null
  if start_influx "$dir/influx" 2s 4s; then
    curl -sf -m 60 -X POST "http://127.0.0.1:$influx_port/write?db=bench&precision=s" --data-binary @"$dir/lines" && sleep 4 && settled "$dir/influx/data" && influx=$(calc %.2f "$(find "$dir/influx/data" -name '*.tsm' -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }') / $count")
    end "$influx_pid"
  fi
  if start_postgres "$dir/postgres"; then
    cells "$1" csv 2>/dev/null | sql 'COPY observations FROM STDIN WITH (FORMAT csv)' && postgresql=$(calc %.2f "$(sql "SELECT pg_total_relation_size('observations')") / $count")
    end "$postgres_pid" INT
  fi
  if start_victoria "$dir/victoria"; then
    curl -sf -m 60 -X POST "http://127.0.0.1:$victoria_port/write?precision=s" --data-binary @"$dir/lines" && curl -s -o /dev/null "http://127.0.0.1:$victoria_port/internal/force_flush" && curl -s -o /dev/null "http://127.0.0.1:$victoria_port/internal/force_merge" && settled "$dir/victoria/data"
    victorias=$(calc %.2f "$(bytes_below "$dir/victoria/data/small" "$dir/victoria/data/big") / $count")
    end "$victoria_pid"
  fi
  put recordings "$name | $count | $own | $rolled | $influx | $postgresql | $victorias"
}
