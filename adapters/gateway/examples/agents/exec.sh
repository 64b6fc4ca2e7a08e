#!/bin/sh
# An agent as a shell script.
#
#     zaloxide run --agent exec:./exec.sh
#
# It is run once for each message. The envelope comes as one line of JSON on standard input; what is
# written is the reply, as text. An exit code other than 0 fails the turn, and it is tried again.
# The environment is empty but for what `agent.env` lists: HOME and PATH too are missing.
set -eu

read -r envelope

# With jq: text=$(printf %s "$envelope" | jq -r .text)
case $envelope in
    *'"text":"/time"'*) date '+Bây giờ là %H:%M.' ;;
    *'"text":"/shop"'*)
        # JSON that is wholly a reply is more than text: pictures, stickers, several messages.
        echo '[{"text": "Mở cửa từ 8:00 đến 21:00."}, {"text": "Hẹn gặp bạn!"}]' ;;
    *) echo 'Bạn có thể hỏi /time hoặc /shop.' ;;
esac
