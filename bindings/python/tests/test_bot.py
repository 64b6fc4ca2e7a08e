"""Whole bots against the local Zalo: handlers, answers, sends, pairing."""

import asyncio
import functools
import json
import logging
import subprocess
import sys
import threading

import pytest

from zaloxide import Bot, ConfigError, NoAnswer, NotRunning, Refused, SendFailed
from zaloxide.filters import command, group, regex, sender
from zaloxide.testing import TOKEN


def test_async_and_plain_handlers_answer(zalo):
    bot = zalo.bot()
    threads = set()

    @bot.on_text(command("plain"))
    def plain(turn):
        threads.add(threading.current_thread())
        turn.reply(f"plain {turn.args}")

    @bot.on_text
    async def answer(turn):
        await turn.reply(f"Bạn nói: {turn.text}")
        await asyncio.sleep(0)
        await turn.reply("and more", sticker="s1")

    with zalo.runs(bot):
        an = zalo.user("an", name="An")
        an.sends("Xin chào")
        assert [an.receives().text, an.receives().text] == ["Bạn nói: Xin chào", "and more"]
        assert an.receives().sticker == "s1"
        an.sends("/plain words here")
        assert an.receives().text == "plain words here"
    assert threading.main_thread() not in threads and not bot.is_running


def test_kinds_and_filters_choose_the_first_handler_that_fits(zalo):
    bot = zalo.bot(group_policy="open")
    seen = []

    def notes(name):
        async def handler(turn):
            seen.append((name, turn.kind, turn.match and turn.match[0]))
            await turn.reply("ok")

        return handler

    bot.on_text(group() & ~sender("binh"))(notes("group"))
    bot.on_text(regex(r"\d+") | sender("chi"))(notes("regex"))
    bot.on_image(notes("image"))
    bot.on_sticker(notes("sticker"))
    bot.on_any(notes("any"))
    with zalo.runs(bot):
        an, chi = zalo.user("an"), zalo.user("chi")
        inside = zalo.user("an", chat="zgr-1")
        for who, what in [(an, "no. 42"), (chi, "hello"), (inside, "hi"), (an, "words")]:
            who.sends(what)
            who.receives()
        an.sends_sticker("s7")
        an.receives()
        an.sends_photo("https://example.invalid/a.jpg", "look")
        an.receives()
    assert seen == [
        ("regex", "text", "42"),
        ("regex", "text", None),
        ("group", "text", None),
        ("any", "text", None),
        ("sticker", "sticker", None),
        ("image", "image", None),
    ]


def test_functions_of_every_make_are_called_as_what_they_are():
    from zaloxide.handlers import _is_async

    async def plain(turn, more=None): ...

    class Calls:
        async def __call__(self, turn): ...

        async def method(self, turn): ...

        def sync(self, turn): ...

    for function in (plain, functools.partial(plain, more=1), Calls(), Calls().method):
        assert _is_async(function)
    for function in (Calls().sync, lambda turn: None, print):
        assert not _is_async(function)


def test_a_handler_that_raises_sends_nothing_and_is_called_again(zalo):
    bot = zalo.bot()
    seen, told = [], []

    @bot.on_text
    async def answer(turn):
        seen.append((turn.id, turn.attempt))
        await turn.reply(f"attempt {turn.attempt}")
        if turn.attempt == 1:
            raise RuntimeError("not yet")

    @bot.on_error
    def failed(turn, error):
        told.append((turn.id, str(error)))

    with zalo.runs(bot):
        an = zalo.user("an")
        an.sends("hello")
        assert an.receives().text == "attempt 2"
    assert seen == [(seen[0][0], 1), (seen[0][0], 2)] and told == [(seen[0][0], "not yet")]


def test_a_plain_handler_that_raises_is_in_the_log(zalo, caplog):
    bot = zalo.bot(turn={"tries": 1})

    @bot.on_text
    def answer(turn):
        if turn.text == "exit":
            raise SystemExit("no")
        turn.reply("ok")

    with caplog.at_level(logging.ERROR, "zaloxide"), zalo.runs(bot):
        an = zalo.user("an")
        an.sends("exit")
        an.sends("hello")
        assert an.receives().text == "ok"
    assert "SystemExit: no" in caplog.text


def test_a_handler_that_takes_too_long_is_cancelled_and_one_that_blocks_is_left(zalo):
    bot = zalo.bot(turn={"timeout_sec": 1, "tries": 1})
    cancelled, release = threading.Event(), threading.Event()

    @bot.on_text(regex("slow"))
    async def slow(turn):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    @bot.on_text(regex("block"))
    def block(turn):
        release.wait(60)
        turn.reply("too late")

    @bot.on_text
    async def answer(turn):
        await turn.reply("ok")

    with zalo.runs(bot):
        an, binh = zalo.user("an"), zalo.user("binh")
        an.sends("slow")
        assert cancelled.wait(30)
        binh.sends("block")
        an.sends("hello")
        assert an.receives().text == "ok"
        binh.sends("hello")
        assert binh.receives().text == "ok", "the lane goes on without the one that blocks"
        release.set()


def test_a_handler_that_cancels_itself_has_failed(zalo):
    bot = zalo.bot()

    @bot.on_text
    async def answer(turn):
        if turn.attempt == 1:
            raise asyncio.CancelledError
        await turn.reply("again")

    with zalo.runs(bot):
        an = zalo.user("an")
        an.sends("hello")
        assert an.receives().text == "again"


def test_sends_go_out_at_once_and_can_be_waited_for(zalo):
    bot = zalo.bot(retry={"max_age_sec": 1})
    ids = []

    @bot.on_text
    async def answer(turn):
        ids.extend(await bot.send(turn.chat.id, "first"))
        await turn.reply("second")

    @bot.on_startup
    async def greet():
        await bot.send("owner", "I am here")

    @bot.on_shutdown
    def bye():
        bot.send("owner", "bye").result()

    with pytest.raises(NotRunning):
        bot.send("an", "x")
    with zalo.runs(bot):
        an, owner = zalo.user("an"), zalo.user("owner")
        assert zalo.wait_for_call("sendMessage", chat="owner")["params"]["text"] == "I am here"
        an.sends("hello")
        assert [an.receives().text, an.receives().text] == ["first", "second"]
        assert len(ids) == 1
        assert len(bot.send("an", "x" * 4001).result()) == 3
        zalo.fault("api_400", "sendMessage")
        with pytest.raises(SendFailed) as failed:
            bot.send("an", "no").result()
        assert (failed.value.code, failed.value.index, failed.value.sent) == (400, 0, ())
        with pytest.raises(Refused):
            bot.send("an", "").result()
        zalo.fault("timeout", "sendMessage")
        with pytest.raises(NoAnswer):
            bot.send("binh", "slow").result(timeout=0.01)
    del owner


def test_typing_is_shown_when_asked_for(zalo):
    bot = zalo.bot(typing=False)

    @bot.on_text
    async def answer(turn):
        turn.typing()
        await asyncio.to_thread(zalo.wait_for_call, "sendChatAction", chat="an")
        await turn.reply("done")

    with zalo.runs(bot):
        an = zalo.user("an")
        an.sends("hello")
        assert an.receives().text == "done"


def test_strangers_are_let_in(zalo, caplog):
    bot = zalo.bot(dm_policy="pairing")

    @bot.on_text
    async def answer(turn):
        await turn.reply("welcome")

    with caplog.at_level(logging.INFO, "zaloxide"), zalo.runs(bot):
        an = zalo.user("an", name="An")
        an.sends("let me in")
        told = an.receives().text
        [pending] = bot.pairing.list()
        assert (pending.sender, pending.name) == ("an", "An") and pending.code in told
        with pytest.raises(Refused) as unknown:
            bot.pairing.approve("WRONG234")
        assert unknown.value.kind == "unknown_code"
        assert bot.pairing.approve(pending.code.lower(), notify=False) == "an"
        assert [each.sender for each in bot.pairing.approved()] == ["an"]
        an.sends("hello")
        assert an.receives().text == "welcome"
        assert bot.pairing.revoke("an") == "an" and not bot.pairing.approved()
        assert bot.pairing.reject("binh", block=True) == "binh"
        # The operator sees the code, in Python's own log.
        assert pending.code in caplog.text


def test_what_is_wrong_is_said_in_keywords():
    with pytest.raises(ConfigError) as wrong:
        Bot("1:secret-of-mine", dm_polcy="open", text_chunk_limit=9999, turn={"timeout_secs": 1})
    text = str(wrong.value)
    assert "`dm_polcy`" in text and "dm_policy" in text, text
    assert "text_chunk_limit" in text and "timeout_sec" in text
    assert "secret-of-mine" not in text
    with pytest.raises(ConfigError, match="allow_from"):
        Bot("1:x", dm_policy="open")
    with pytest.raises(ConfigError, match="token="):
        Bot()
    with pytest.raises(ConfigError) as bad:
        Bot("no token at all, my secret")
    assert "my secret" not in str(bad.value)


def test_no_repr_holds_a_secret(zalo):
    bot = zalo.bot()
    turns = []

    @bot.on_text
    async def answer(turn):
        turns.append(repr(turn))
        await turn.reply("ok")

    with zalo.runs(bot):
        an = zalo.user("an")
        an.sends("private words")
        an.receives()
        shown = [repr(bot), repr(bot._engine), repr(bot._plan), repr(zalo.emulator), *turns]
        shown.append(repr(bot.send("an", "private words")))
    for text in shown:
        assert "secret" not in text and "private words" not in text, text


def test_a_config_file_has_its_place_in_errors(tmp_path):
    file = tmp_path / "zaloxide.json5"
    file.write_text('{channels: {zalo: {botToken: "1:x",\n dmPolicy: "opne"}}}')
    with pytest.raises(ConfigError, match=r"zaloxide\.json5:2:12"):
        Bot.from_config(file)
    file.write_text('{channels: {zalo: {accounts: {shop: {botToken: "1:x"}}}}}')
    bot = Bot.from_config(file)
    assert bot.accounts == ["shop"] and bot.state_dir.endswith("/state")
    assert Bot("77:x").state_dir.endswith("/state/bots/77")


def test_commands_reach_a_running_bot(zalo):
    bot = zalo.bot()
    with zalo.runs(bot):
        command = [sys.executable, "-m", "zaloxide", "--state-dir", bot.state_dir]
        message = ["message", "send", "--target", "an", "--message", "từ dòng lệnh"]
        done = subprocess.run([*command, *message], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert zalo.user("x").zalo.wait_for_call("sendMessage")["params"]["text"] == "từ dòng lệnh"
        bad = [*command, "pairing", "approve", "zalo", "WRONG234"]
        assert subprocess.run(bad, capture_output=True, timeout=60).returncode == 1


def test_a_configuration_is_read_again(zalo, tmp_path):
    def write(**keys):
        forms = {"botToken": TOKEN, "apiUrl": zalo.url, "dmPolicy": "pairing", **keys}
        file.write_text(json.dumps({"channels": {"zalo": forms}}))

    def reload(code=0):
        command = [sys.executable, "-m", "zaloxide", "--state-dir", bot.state_dir, "--json"]
        command += ["config", "reload"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    file = tmp_path / "zaloxide.json5"
    write()
    bot = Bot.from_config(file, store=None)
    bot._local = True

    @bot.on_text
    async def answer(turn):
        await turn.reply("ok")

    with zalo.runs(bot):
        assert not any(json.loads(reload()).values())
        write(dmPolicy="open", allowFrom=["*"], calls={"parallel": 3})
        report = json.loads(reload())
        assert report["changed"] == ["default"] and report["restart"] == ["calls.parallel"]
        an = zalo.user("an")
        an.sends("hi")
        assert an.receives().text == "ok"
        write(dmPolicy="opne")
        # 3: the configuration is wrong. All goes on as before.
        assert "opne" in reload(3)
        an.sends("hi")
        assert an.receives().text == "ok"


def test_ten_thousand_turns_with_concurrent_handlers(zalo):
    bot = zalo.bot(rate={"chat_per_sec": 0, "account_per_sec": 0}, quota={"monthly": 0})
    seen, at_once, most = set(), 0, 0
    done = threading.Event()
    # The local Zalo keeps so many for a poll, and no more.
    room = threading.Semaphore(500)

    @bot.on_text
    async def answer(turn):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        seen.add(turn.text)
        room.release()
        if len(seen) == 10_000:
            done.set()

    with zalo.runs(bot):
        users = [zalo.user(f"u{n}") for n in range(100)]

        def write(part):
            for n in range(100):
                for user in part:
                    assert room.acquire(timeout=60)
                    user.sends(f"{user.id}-{n}")

        writers = [threading.Thread(target=write, args=(users[n::4],)) for n in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert done.wait(120), len(seen)
    assert most > 1
