# Parts that the benchmark programs share; sourced by them. Expects $here (this folder) and, where said, $work (a folder of the run's own).
root=${here%/*}
program=$root/src/Wanwu/bin/Release/net10.0/Wanwu.dll

say() { echo "bench: $*" >&2; }

needs() {
  local tool
  for tool; do command -v "$tool" >/dev/null || { say "$tool is needed and was not found."; exit 1; }; done
}

build_server() {
  say "building"
  dotnet build "$root/src/Wanwu/Wanwu.csproj" -c Release -v quiet --nologo -p:RunAnalyzers=false >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }
}

# A port below the ephemeral range that nobody listens on.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
  done
}

json() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$2"; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
is() { awk "BEGIN { exit !($1) }"; }
resident_kb() { awk '/VmRSS/ { print $2 }' "/proc/$1/status"; }
cpu_seconds() { awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / ticks }' "/proc/$1/stat"; }

# verdict VALUE BOUND: a bound that begins with > must be reached, any other not be passed.
verdict() {
  local bound=${2#>}
  if [ "$bound" = "$2" ]; then is "$1 <= $bound" && echo yes || echo "**no**, $(calc %.2f "$1 / $bound") times"
  else is "$1 >= $bound" && echo yes || echo "**no**, $(calc %.2f "$1 / $bound") of it"; fi
}

rows=''
row() { rows+="| $* |"$'\n'; say "$*"; }

machine() {
  echo "$(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB, kernel $(uname -r | cut -d- -f1), .NET $(dotnet --version)"
}
