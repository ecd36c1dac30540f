#!/bin/bash
# What the guides do by hand: look, start everything, wait ten seconds, ask each part once, tell the team. Arguments: the sample stack's folder, its URL, its database, where messages are posted.
set -e
stack=$1 url=$2 database=$3 notify=$4

"$stack/bin/running"
"$stack/bin/release" 1.0.0
sleep 10
curl -sf "$url/health" > /dev/null && echo 'service: answers' || echo 'service: does not answer'
psql "$database" -qtc 'SELECT 1' > /dev/null && echo 'database: answers' || echo 'database: does not answer'
curl -s -H "Authorization: Bearer $NOTIFY_TOKEN" -d channel=C0123456 --data-urlencode 'text=The old release is back' "$notify" > /dev/null
