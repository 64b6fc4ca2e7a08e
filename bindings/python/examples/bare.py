"""The bare core, driven with urllib alone: an echo that forgets all when it ends."""

import os
import time
import urllib.error
import urllib.request

from zaloxide import Channel, actions, events

API = os.environ.get("ZALO_API_URL", "https://bot-api.zaloplatforms.com")
TOKEN = os.environ["ZALO_BOT_TOKEN"]
OPEN = {"account": "default", "botId": TOKEN.split(":")[0], "dmPolicy": "open", "allowFrom": ["*"]}


def now():
    return time.time_ns() // 1_000_000


def finish(action):
    url, headers = f"{API}/bot{TOKEN}/{action.method}", {"Content-Type": "application/json"}
    request = urllib.request.Request(url, action.body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=action.timeout_ms / 1000) as answer:
            result = events.Answered(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        result = events.Answered(error.code, error.read())
    except OSError as error:
        result = events.Unknown(type(error).__name__)
    channel.handle(now(), events.CallFinished(action.call, result))


channel, poll = Channel(OPEN, os.urandom(32), now()), None
while True:
    while action := channel.poll_action():
        match action:
            case actions.StartCall(method="getUpdates"):
                poll = action  # It waits for messages: first all that is quick.
            case actions.StartCall() | actions.SendChunk():
                finish(action)
            case actions.Commit(upto=upto):
                channel.handle(now(), events.Committed(upto))
            case actions.Deliver(turn, attempt, envelope):
                channel.handle(now(), events.Replied(turn, attempt, {"text": envelope.text}))
    if poll:
        finish(poll)
        poll = None
    elif due := channel.poll_timeout():
        time.sleep(max(0, due.at - now()) / 1000)
    channel.handle(now(), events.TimerFired())
