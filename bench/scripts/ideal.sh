#!/bin/bash
# The same commands, fact reads and checks as planb's runbook, and nothing else: no votes, no record, no waiting but for what is checked. Arguments as guide.sh.
set -e
stack=$1 url=$2 database=$3 notify=$4

# Facts: what runs, what could run, which database that is and what was migrated in it.
"$stack/bin/running" > /dev/null
"$stack/bin/releases" > /dev/null
psql "$database" -qtc 'SELECT system_identifier FROM pg_control_system(); SELECT oid, datname FROM pg_database WHERE datname = current_database()' > /dev/null

"$stack/bin/release" 1.0.0

# Healthy in one answer, then looked at twice a second for three seconds.
until curl -sf "$url/health" | grep -q '"version":"1.0.0"'; do sleep 0.1; done
for _ in 1 2 3 4 5 6; do
  sleep 0.5
  curl -sf "$url/health" | grep -q '"version":"1.0.0"'
done
psql "$database" -qtc 'SELECT 1 AS answers' > /dev/null
curl -s -H "Authorization: Bearer $NOTIFY_TOKEN" -d channel=C0123456 --data-urlencode 'text=The old release is back' "$notify" > /dev/null
