#!/bin/bash
# The guide's emergency script told anew: its commands in its order, with its pause. A check that fails is said and ends nothing.
# emergency.sh PROJECT API GRAFANA DATABASE NOTIFY TEXT [WORDS…]: the words go before each command of the old server.
set -e
project=$1 api=$2 grafana=$3 database=$4 notify=$5 text=$6
shift 6
cd "$project"

read -r -p 'Back to the old server? (yes/no) ' answer
[ "$answer" = yes ] || exit 1
"$@" docker compose ps
"$@" docker compose up -d
sleep 10
"$@" curl -sf -o /dev/null "$api" && echo 'API: good' || echo 'API: BAD'
"$@" curl -sf -o /dev/null "$grafana" && echo 'Grafana: good' || echo 'Grafana: BAD'
"$@" psql "$database" -c 'SELECT 1' > /dev/null 2>&1 && echo 'PostgreSQL: good' || echo 'PostgreSQL: BAD'
"$notify" "$text"
echo 'Left to do by hand: DNS, waiting for it, a look by the public name'
