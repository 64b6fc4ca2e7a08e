"""A Zalo on this machine, for tests of bots. With pytest it is the fixture ``zalo``:

    def test_it_answers(zalo):
        bot = zalo.bot()

        @bot.on_text
        async def answer(turn):
            await turn.reply(f"Bạn nói: {turn.text}")

        with zalo.runs(bot):
            an = zalo.user("an", name="An")
            an.sends("Xin chào")
            assert an.receives().text == "Bạn nói: Xin chào"

Nothing sleeps: each wait ends when what it waits for has happened, or raises after ``patience``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from . import _core
from .bot import Bot

__all__ = ["TOKEN", "Received", "User", "Zalo"]

#: The token of the bot that is there when none is named.
TOKEN = "1000000000000000001:emulator-only-no-secret"

_SENDS = ["sendMessage", "sendPhoto", "sendSticker", "sendVoice"]


@dataclass(frozen=True)
class Received:
    """What a bot sent. ``params`` are the parameters of its call, ``n`` the call's number."""

    n: int
    method: str
    params: dict[str, Any]

    @property
    def chat_id(self) -> str:
        """To whom."""
        return str(self.params["chat_id"])

    @property
    def text(self) -> str | None:
        """The text, or a photo's caption."""
        return self.params.get("text", self.params.get("caption"))

    @property
    def photo(self) -> str | None:
        """A photo's URL."""
        return self.params.get("photo")

    @property
    def sticker(self) -> str | None:
        """A sticker's id."""
        return self.params.get("sticker")

    @property
    def voice(self) -> str | None:
        """A recording's URL."""
        return self.params.get("voice_url")


class User:
    """A person who writes to a bot. Made by :meth:`Zalo.user`."""

    def __init__(
        self, zalo: Zalo, id: str, name: str | None, chat: str | None, bot: str | None
    ) -> None:
        self.zalo = zalo
        self.id = id
        self.name = name
        #: Where they write: their own id, unless it is a group.
        self.chat = chat or id
        self._bot = bot
        self._seen = zalo.emulator.last_call()

    def sends(self, text: str) -> str:
        """Sends a text; ``delivered``, ``queued`` for the next poll, or ``lost``."""
        return self._sends("text", text)

    def sends_photo(self, photo: str | bytes, caption: str = "") -> str:
        """Sends a picture: its URL, or its bytes, which are hosted here."""
        return self._sends("photo", photo, caption)

    def sends_sticker(self, id: str) -> str:
        """Sends a sticker."""
        return self._sends("sticker", id)

    def sends_voice(self, voice: str | bytes) -> str:
        """Sends a recording: its URL, or its bytes."""
        return self._sends("voice", voice)

    def sends_unsupported(self) -> str:
        """Sends what bots are not shown: a file, a contact, a location."""
        return self._sends("unsupported", "")

    def _sends(self, kind: str, value: str | bytes, caption: str = "") -> str:
        return self.zalo.emulator.message(
            self.id, kind, value, caption=caption, name=self.name, chat=self.chat, bot=self._bot
        )

    def receives(self, patience: float = 30.0) -> Received:
        """The next message in this chat, waited for at most so many seconds.

        Raises :class:`AssertionError` when none comes.
        """
        call = self.zalo.emulator.wait_for_call(
            self._seen, _SENDS, self.chat, round(patience * 1000), answered=True
        )
        if call is None:
            seen = [each["method"] for each in self.zalo.calls(self._seen)]
            raise AssertionError(f"{self.id} was sent nothing in {patience} s; calls: {seen}")
        self._seen = call["n"]
        return Received(call["n"], call["method"], call["params"])


class Zalo:
    """A local Zalo Bot Platform. A context manager; :meth:`stop` ends it too.

    ``tokens``: of the bots it knows. ``deliver_to``: where webhooks go, such as
    ``http://127.0.0.1:8000``, whatever public URL a bot registers.
    """

    def __init__(self, *, tokens: list[str] | None = None, deliver_to: str | None = None) -> None:
        self.emulator = _core.Emulator(tokens=tokens, deliver_to=deliver_to, queue=True)
        self.token = tokens[0] if tokens else TOKEN
        self._state = tempfile.TemporaryDirectory(prefix="zaloxide-")

    @property
    def url(self) -> str:
        """Its address: a bot's ``api_url``."""
        return self.emulator.url

    def bot(self, **keys: Any) -> Bot:
        """A bot of this Zalo that lets everybody in and forgets all at its end, unless told
        otherwise by keywords of :class:`~zaloxide.Bot`."""
        keys.setdefault("store", None)
        keys.setdefault("state_dir", self._state.name)
        if "dm_policy" not in keys:
            keys["dm_policy"] = "open"
            keys.setdefault("allow_from", ["*"])
        keys.setdefault("token", self.token)
        bot = Bot(api_url=self.url, **keys)
        bot._local = True
        return bot

    @contextmanager
    def runs(self, bot: Bot, *, mounted: bool = False) -> Generator[Bot, None, None]:
        """Runs a bot meanwhile, in a thread of its own.

        One that was made elsewhere, from keywords, talks to this Zalo meanwhile too, and keeps its
        state in a temporary directory; its other keywords hold.
        """
        before = (bot._keys, bot._state_dir, bot._local, bot._plan)
        keys, state, *_ = before
        if keys is not None and keys.get("api_url") != self.url:
            bot._keys = {**keys, "bot_token": self.token, "api_url": self.url}
            bot._state_dir = self._state.name if state is None else state
            bot._local = True
            bot._plan = bot._make_plan()
        bot.start_background(mounted=mounted)
        try:
            yield bot
        finally:
            bot.close()
            bot._keys, bot._state_dir, bot._local, bot._plan = before

    def user(
        self, id: str, *, name: str | None = None, chat: str | None = None, bot: str | None = None
    ) -> User:
        """A person. ``chat``: where they write, ``zgr-..`` is a group; ``bot``: the digits of a
        token, else the first bot."""
        return User(self, id, name, chat, bot)

    def fault(
        self,
        kind: Literal[
            "http_500",
            "http_502_html",
            "http_429_html",
            "quota_429",
            "api_400",
            "api_401",
            "timeout",
            "disconnect_before",
            "disconnect_after",
            "truncate",
            "slow_ms",
            "duplicate",
        ],
        method: str = "*",
        *,
        times: int | None = 1,
        rate: float | None = None,
        ms: int | None = None,
        seed: int = 0,
    ) -> None:
        """Has the next ``times`` calls of ``method`` go wrong, or each with probability ``rate``,
        drawn from ``seed``. ``ms``: how long ``timeout`` and ``slow_ms`` take."""
        form: dict[str, Any] = {"kind": kind, "method": method, "seed": seed}
        for name, value in (("times", times), ("rate", rate), ("ms", ms)):
            if value is not None:
                form[name] = value
        self.emulator.fault(form)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls after number ``since``: ``{n, at_ms, token_id, method, params, status,
        response}`` each."""
        return self.emulator.calls(since)

    def wait_for_call(
        self, *methods: str, chat: str | None = None, since: int = 0, patience: float = 30.0
    ) -> dict[str, Any]:
        """The first call of one of these methods after number ``since``, once it is answered.

        Raises :class:`AssertionError` when there is none in ``patience`` seconds.
        """
        call = self.emulator.wait_for_call(
            since, list(methods), chat, round(patience * 1000), answered=True
        )
        if call is None:
            raise AssertionError(f"no call of {', '.join(methods)} in {patience} s")
        return call

    def wait_for_poll(self, patience: float = 30.0) -> None:
        """Waits until a bot asks for messages."""
        if not self.emulator.wait_for_poll(round(patience * 1000)):
            raise AssertionError(f"nobody polled in {patience} s")

    def reset(self) -> None:
        """Forgets calls, faults, queues and webhooks."""
        self.emulator.reset()

    def stop(self) -> None:
        """Ends it."""
        self.emulator.stop()
        self._state.cleanup()

    def __enter__(self) -> Zalo:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
