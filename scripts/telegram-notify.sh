#!/bin/sh
# Sends one text to Telegram: ./scripts/telegram-notify.sh "⚠️ The migration is taken back."
#
# With TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID it needs only curl, so it works also while planb is down; TELEGRAM_TOPIC_ID names a topic. Without a chat it hands the text to planb, which posts it to the
# channel PLANB_NOTIFY_CHANNEL of planb.yaml (or to its only one).
# A long text goes out in pieces, in order. Exit codes: 0 sent (or stored by planb), 1 failed, 2 wrong usage or no settings.
set -u

[ $# -eq 1 ] && [ -n "$1" ] || { echo "Usage: $0 TEXT" >&2; exit 2; }

if [ -z "${TELEGRAM_BOT_TOKEN:-}" ] || [ -z "${TELEGRAM_CHAT_ID:-}" ]; then
  planb=${PLANB_PROGRAM:-planb}
  command -v "$planb" >/dev/null 2>&1 || { echo "$0: set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or install planb" >&2; exit 2; }
  if [ -n "${PLANB_NOTIFY_CHANNEL:-}" ]; then exec "$planb" notify --channel "$PLANB_NOTIFY_CHANNEL" -- "$1"; fi
  exec "$planb" notify -- "$1"
fi
command -v curl >/dev/null 2>&1 || { echo "$0: there is no curl" >&2; exit 2; }

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

# Telegram takes 4,096 characters. Pieces have at most so many bytes, end with a line where one ends in their second half, and never inside a character.
printf '%s' "$1" | LC_ALL=C awk -v folder="$folder" -v most=3500 '
  BEGIN { for (code = 128; code < 192; code += 1) inside = inside sprintf("%c", code) }
  { text = text (NR > 1 ? "\n" : "") $0 }
  END {
    for (piece = 1; length(text) > 0; piece += 1) {
      end = length(text)
      if (end > most) {
        end = most
        while (end > most / 2 && substr(text, end, 1) != "\n") end -= 1
        if (substr(text, end, 1) != "\n") for (end = most; index(inside, substr(text, end + 1, 1)) > 0; end -= 1);
      }
      name = sprintf("%s/%06d.txt", folder, piece)
      printf "%s", substr(text, 1, end) > name
      close(name)
      text = substr(text, end + 1)
    }
  }' || exit 1

for piece in "$folder"/*.txt; do
  # The address holds the token, so it is no argument: every user of the machine can read those.
  answer=$(printf 'url = "%s/bot%s/sendMessage"\n' "${TELEGRAM_API_ROOT:-https://api.telegram.org}" "$TELEGRAM_BOT_TOKEN" |
    curl --silent --show-error --max-time 30 --retry 3 --retry-max-time 90 --config - --data-urlencode "chat_id=$TELEGRAM_CHAT_ID" --data-urlencode "text@$piece" \
      ${TELEGRAM_TOPIC_ID:+--data-urlencode "message_thread_id=$TELEGRAM_TOPIC_ID"}) || { echo "$0: Telegram did not answer" >&2; exit 1; }
  case $answer in
    '{"ok":true'*) ;;
    *) printf '%s: Telegram refused: %s\n' "$0" "$answer" >&2; exit 1 ;;
  esac
done
