"""The bare core as Python sees it."""

import dataclasses
import threading

import pytest

from zaloxide import BadValue, Channel, ConfigError, Damaged, Refused, ZaloxideError, wire
from zaloxide.actions import Commit, Deliver, Settle, StartCall, Status
from zaloxide.events import (
    Answered,
    CallFinished,
    Committed,
    NotSent,
    Replied,
    Stop,
    TimerFired,
    UpdateReceived,
)

CONFIG = {
    "account": "default",
    "botId": "1459232241454765289",
    "webhookUrl": "https://bot.example/zalo",
    "allowFrom": ["an"],
}
SEED = bytes(32)
NOW = 1_795_000_000_000
BODY = (
    '{"event_name":"message.text.received","message":{"message_id":"m%d","date":1795000000000,'
    '"from":{"id":"an","display_name":"An"},"chat":{"id":"an","chat_type":"PRIVATE"},'
    '"text":"xin chào","much":12345678901234567890}}'
)


def actions(channel):
    while action := channel.poll_action():
        yield action


def test_a_message_reaches_the_agent_and_match_works():
    channel = Channel(CONFIG, SEED, NOW)
    seen = []
    for action in actions(channel):
        match action:
            case Commit(upto=upto):
                channel.handle(NOW, Committed(upto))
            case StartCall(call, "getMe"):
                channel.handle(NOW, CallFinished(call, NotSent("no network here")))
    channel.handle(NOW, UpdateReceived(7, BODY % 1))
    for action in actions(channel):
        match action:
            case Commit(upto, (record, *_)):
                assert record.startswith('{"type":"turn_taken"')
                channel.handle(NOW, Committed(upto))
            case Settle(ticket, Status(status)):
                seen.append((ticket, status))
            case Deliver(turn, attempt, envelope, deadline):
                assert deadline == NOW + 120_000 and envelope.turn == turn
                assert envelope.sender.name == "An" and envelope.chat.kind == "private"
                assert envelope.raw["much"] == 12345678901234567890
                channel.handle(NOW, Replied(turn, attempt, {"text": "chào An"}))
    assert seen == [(7, 200)]


def test_actions_are_frozen_slotted_dataclasses():
    action = next(actions(Channel(CONFIG, SEED, NOW)))
    assert dataclasses.is_dataclass(action) and not hasattr(action, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        action.call = "other"
    assert dataclasses.replace(action) == action and hash(action) == hash(action)


def test_events_are_also_taken_in_their_json_form():
    left, right = Channel(CONFIG, SEED, NOW), Channel(CONFIG, SEED, NOW)
    left.handle(NOW, UpdateReceived(1, BODY % 1))
    right.handle(NOW, {"type": "update_received", "ticket": "1", "body": BODY % 1})
    assert list(actions(left)) == list(actions(right))
    left.handle(NOW, UpdateReceived(2, b"\xff\xfe"))
    right.handle(NOW, {"type": "update_received", "ticket": "2", "body": {"base64": "//4="}})
    assert list(actions(left)) == list(actions(right))


def test_what_is_wrong_is_said_in_one_hierarchy():
    channel = Channel(CONFIG, SEED, NOW)
    with pytest.raises(BadValue, match="32 random bytes"):
        Channel(CONFIG, b"short", NOW)
    with pytest.raises(ConfigError, match="unknown field `webhokUrl`"):
        Channel({**CONFIG, "webhokUrl": "x"}, SEED, NOW)
    for event in ({"type": "dance"}, {"no": "type"}, object(), None):
        with pytest.raises(BadValue):
            channel.handle(NOW, event)
    with pytest.raises(Refused, match="no call with this id") as unknown:
        channel.handle(NOW, CallFinished("00000001-1", Answered(200, "{}")))
    assert unknown.value.kind == "unknown_call" and isinstance(unknown.value, ZaloxideError)
    with pytest.raises(BadValue, match="call id"):
        channel.handle(NOW, CallFinished("x", Answered(200, "{}")))
    with pytest.raises(Damaged) as gap:
        Channel.restore(CONFIG, SEED, NOW, [(3, '{"type":"started","bot_id":"1","at":1}')])
    assert gap.value.kind == "gap"


def test_a_snapshot_is_the_first_record_of_a_journal():
    channel = Channel(CONFIG, SEED, NOW)
    channel.handle(NOW, UpdateReceived(1, BODY % 1))
    list(actions(channel))
    snapshot = channel.snapshot()
    again = Channel.restore(CONFIG, bytes([1] * 32), NOW, [(snapshot.upto, snapshot.record)])
    assert again.status()["turns"] == channel.status()["turns"]
    again.handle(NOW, Stop())
    with pytest.raises(Refused) as stopped:
        again.handle(NOW, UpdateReceived(1, BODY % 2))
    assert stopped.value.kind == "stopped"


def test_threads_may_share_a_channel():
    channel = Channel(CONFIG, SEED, NOW)

    def post(first):
        for n in range(first, first + 200):
            channel.handle(NOW, UpdateReceived(n, BODY % n))
            channel.handle(NOW, TimerFired())
            channel.poll_timeout()

    threads = [threading.Thread(target=post, args=(1 + 200 * each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    commits = [action for action in actions(channel) if isinstance(action, Commit)]
    taken = [record for commit in commits for record in commit.records if "turn_taken" in record]
    # A chat holds 100 that wait; the others are dropped.
    assert len(taken) == 100


def test_the_wire():
    request = wire.request("sendMessage", chat_id="an", text="xin chào", parse_mode="markdown")
    assert request.method == "sendMessage"
    assert request.body == '{"chat_id":"an","text":"xin chào","parse_mode":"markdown"}'
    assert wire.request("getUpdates").body == '{"timeout":"30"}'
    with pytest.raises(BadValue, match="`text` is missing"):
        wire.request("sendMessage", chat_id="an")
    with pytest.raises(BadValue, match="no method: sendFax"):
        wire.request("sendFax")
    assert wire.response("getMe", 200, b'{"ok":true,"result":{"id":"1"}}').result == {"id": "1"}
    assert wire.response("getUpdates", 200, b'{"ok":false,"error_code":408}') == wire.Idle()
    failed = wire.response("sendMessage", 200, b'{"ok":false,"error_code":429,"description":"q"}')
    assert failed == wire.Failed(429, "q", None)
    assert wire.response("getMe", 502, b"<html>").status == 502
    update = wire.update((BODY % 1).encode())
    assert (update.kind, update.text, update.chat_kind) == ("text", "xin chào", "private")
    with pytest.raises(BadValue):
        wire.update(b"[]")
