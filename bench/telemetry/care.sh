# Backups of what was loaded, and histories out of one server and into another, by the commands.

wanwu() { timeout 1500 dotnet "$program" "$@"; }
# rate_since BEGUN COUNT
rate_since() { calc %.0f "$2 / ($(date +%s.%N) - $1)"; }

backup_case() {
  local turn line begun took said
  say "backups, while $arriving/s arrive"
  rm -rf "$folder/backups"
  for turn in first second; do
    arrivals_begin
    begun=$(date +%s.%N)
    said=$(wanwu backup "$folder/backups" "--Data:Path=$folder/data") || { arrivals_end; say "the $turn backup failed: $said"; return 1; }
    took=$(calc %.1f "$(date +%s.%N) - $begun")
    arrivals_end; line=$(cat "$work/arriving")
    put care "$turn backup, $arriving/s arriving: s; bytes written | $took; $(sed -n 's/.*files, \([0-9,]*\) bytes, \([0-9,]*\) of them copied.*/\2 of \1/p' <<<"$said") | |"
    put care "acknowledgement meanwhile, p50 / p99 / longest ms | $(json p50_ms "$line") / $(json p99_ms "$line") / $(json max_ms "$line") | <= 1000 | $(verdict "$(json max_ms "$line")" 1000)"
  done
  rm -rf "$folder/backups"
}

import_case() {
  local form line begun said count from=$work/history
  say "export and import"
  mkdir -p "$from" && start_wanwu "$from" && enrol "$things" || return
  line=$(send_mqtt -n "$imported" -b 100 -o $(($(today) - 300 * 86400000)) -I 1000 -w 4 -t 300) || { say "what is to be exported: $line"; end "$wanwu_pid"; return 1; }
  count=$(stored)
  for form in csv parquet; do
    begun=$(date +%s.%N)
    said=$(wanwu export "$work/history.$form" "--Data:Path=$from/data") || { say "export: $said"; continue; }
    put care "export of $count observations as $form: observations/s; bytes | $(rate_since "$begun" "$count"); $(stat -c %s "$work/history.$form") | |"
  done
  end "$wanwu_pid"
  for form in csv parquet; do [ ! -s "$work/history.$form" ] || import_of "$form" "$count" "$from/ids"; done
  rm -rf "$from" "$work"/history.*
}
# import_of FORM COUNT IDS: into an empty server, where the things bear other ids.
import_of() {
  local begun said to=$work/imported
  rm -rf "$to"; mkdir -p "$to" && start_wanwu "$to" && enrol "$things" || return
  paste -d' ' "$3" "$to/ids" | awk 'BEGIN { printf "{\"things\":{" } { printf "%s\"%s\":\"%s\"", n++ ? "," : "", $1, $2 } END { print "}}" }' >"$work/mapping.json"
  begun=$(date +%s.%N)
  said=$(wanwu import "$work/history.$1" --mapping "$work/mapping.json" "--Data:Path=$to/data") || say "import: $said"
  put care "import of them as $1, until the last is on disk: observations/s; stored | $(rate_since "$begun" "$2"); $(stored) | |"
  end "$wanwu_pid"; rm -rf "$to"
}
