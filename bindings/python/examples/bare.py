"""The bare core, driven with urllib alone: an echo that forgets all when it ends.

ZALO_BOT_TOKEN=12345689:abc-xyz python bare.py
"""

import os
import time
import urllib.error
import urllib.request

from zaloxide import Channel
from zaloxide.actions import Commit, Deliver, IssueCode, SendChunk, StartCall
from zaloxide.events import Answered, CallFinished, Committed, Replied, TimerFired, Unknown

API = os.environ.get("ZALO_API_URL", "https://bot-api.zaloplatforms.com")
TOKEN = os.environ["ZALO_BOT_TOKEN"]


def now():
    return time.time_ns() // 1_000_000


def call(action):
    url = f"{API}/bot{TOKEN}/{action.method}"
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, action.body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=action.timeout_ms / 1000) as answer:
            return Answered(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Answered(error.code, error.read())
    except OSError as error:
        return Unknown(type(error).__name__)


def run(channel):
    polls = []
    while True:
        while action := channel.poll_action():
            match action:
                case StartCall(method="getUpdates"):
                    polls.append(action)  # It takes its time: first all that is quick.
                case StartCall() | SendChunk():
                    channel.handle(now(), CallFinished(action.call, call(action)))
                case Commit(upto=upto):
                    channel.handle(now(), Committed(upto))
                case Deliver(turn, attempt, envelope):
                    channel.handle(now(), Replied(turn, attempt, {"text": envelope.text}))
                case IssueCode(sender=sender, code=code):
                    print(f"{sender} may come in with {code}", flush=True)
        if polls:
            poll = polls.pop()
            channel.handle(now(), CallFinished(poll.call, call(poll)))
        elif due := channel.poll_timeout():
            time.sleep(max(0, due.at - now()) / 1000)
        channel.handle(now(), TimerFired())


config = {"account": "default", "botId": TOKEN.split(":")[0], "typing": False}
config |= {"dmPolicy": "open", "allowFrom": ["*"]}
if __name__ == "__main__":
    run(Channel(config, os.urandom(32), now()))
