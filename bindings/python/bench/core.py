"""What the bare core's calls take: `handle` alone, and with the actions that come of it."""

import json
import time

from zaloxide import Channel
from zaloxide.actions import Commit, Deliver, SendChunk
from zaloxide.events import Answered, CallFinished, Committed, Replied, UpdateReceived

NOW = 1_795_000_000_000


def body(n):
    person = f"person{n:014d}"
    message = {
        "message_id": f"{n:020x}",
        "date": NOW,
        "from": {"id": person, "display_name": "An", "is_bot": False},
        "chat": {"id": person, "chat_type": "PRIVATE"},
        "text": "Xin chào, cửa hàng mấy giờ mở cửa?",
    }
    return json.dumps({"event_name": "message.text.received", "message": message})


def connected():
    config = {
        "account": "default",
        "botId": "1459232241454765289",
        "webhookUrl": "https://bot.example/zalo",
        "dmPolicy": "open",
        "allowFrom": ["*"],
        "typing": False,
        "rate": {"chatPerSec": 0, "accountPerSec": 0},
        "quota": {"monthly": 0},
    }
    return Channel(config, bytes(32), NOW)


def measure(count):
    """Microseconds a call of `handle`, and the same with its actions."""
    channel = connected()
    bodies = [body(n) for n in range(count)]
    clock = time.perf_counter_ns
    alone = calls = 0

    def handle(event):
        nonlocal alone, calls
        began = clock()
        channel.handle(NOW, event)
        alone += clock() - began
        calls += 1

    whole = clock()
    for n, each in enumerate(bodies):
        handle(UpdateReceived(n, each))
        while action := channel.poll_action():
            match action:
                case Commit(upto):
                    handle(Committed(upto))
                case Deliver(turn, attempt):
                    handle(Replied(turn, attempt, {"text": "Chín giờ."}))
                case SendChunk(call):
                    answer = '{"ok":true,"result":{"message_id":"%020x"}}' % n
                    handle(CallFinished(call, Answered(200, answer)))
                case _ if action.type == "start_call":
                    result = {"id": "1459232241454765289", "url": "https://bot.example/zalo"}
                    answer = json.dumps({"ok": True, "result": result})
                    handle(CallFinished(action.call, Answered(200, answer)))
    whole = clock() - whole
    return alone / calls / 1000, whole / calls / 1000


if __name__ == "__main__":
    rounds = [measure(2_000) for _ in range(5)]
    print(json.dumps([min(times) for times in zip(*rounds)]))
