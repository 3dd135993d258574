# What the benchmarks share: a server on a fresh data directory, its database, a table of results. Sourced.
# Needs psql and curl; the names it leaves behind: $data $url $key $workspace $line, and the functions.
for tool in psql curl "$@"; do
  command -v "$tool" >/dev/null || { echo "$0 needs $tool (Debian: wrk postgresql-client postgresql-contrib curl)" >&2; exit 1; }
done
data=$(mktemp -d)
port=$((20000 + RANDOM % 10000))
server=
stop() { [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; rm -rf "$data"; }
trap stop EXIT

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf (b > 0 ? "%.2f" : "-"), a / (b > 0 ? b : 1) }'; }
row() { echo "$*" >> "$out"; echo "$*"; }

start_server() {
  ./tuco build >/dev/null
  ./tuco up --data "$data/d" --port $port --json > "$data/up.json" 2> "$data/up.err" &
  server=$!
  until [ -s "$data/up.json" ]; do kill -0 $server 2>/dev/null || { cat "$data/up.err" >&2; exit 1; }; sleep 0.02; done
  url="http://127.0.0.1:$port"
  key=$(field apiKey < "$data/up.json"); workspace=$(field workspaceId < "$data/up.json"); line=$(field lineId < "$data/up.json")
  email=$(field ownerEmail < "$data/up.json"); password=$(field ownerPassword < "$data/up.json")
  token=$(curl -sf "$url/api/sessions" -H 'Content-Type: application/json' -d "{\"email\":\"$email\",\"password\":\"$password\"}" | field token)
  dbport=$(cat "$data/d/postgres/port"); export PGPASSWORD; PGPASSWORD=$(cat "$data/d/postgres/password")
  db -c 'grant tuco_engine to tuco'
}

db() { psql -qAtX -h 127.0.0.1 -p "$dbport" -U tuco tuco -v ON_ERROR_STOP=1 "$@"; }
# As the role that sees all workspaces.
engine() { db -c 'set role tuco_engine' -c 'set search_path = tuco' -c 'set statement_timeout = 0' "$@"; }

call() { curl -sf -X "$1" "$url$2" -H "Authorization: Bearer ${caller:-$key}" -H 'Content-Type: application/json' "${@:3}"; }

heading() { # title, the columns of the bare limit
  mkdir -p bench
  {
    echo "# $1"
    echo
    echo "Written by \`$0\` on $(date -u +%F): $(nproc) cores, $(free -g | awk '/Mem/ { print $2 }') GiB; server, PostgreSQL and load generator share the machine, so every figure stands beside the bare limit of the same run."
    echo
    echo "| What | Tuco | Bare | Ratio |"
    echo "|---|---|---|---|"
  } > "$out"
}
