"""Zalo bots that lose no message.

:class:`Bot` is a whole bot: it polls or takes webhooks, pairs strangers, hands messages to your
handlers and sends their answers, across restarts. :class:`Channel` is the bare core, for who brings
their own I/O. ``zaloxide.testing`` has a local Zalo for tests.

    from zaloxide import Bot

    bot = Bot(token="12345689:abc-xyz")

    @bot.on_text
    async def answer(turn):
        await turn.reply(f"Bạn nói: {turn.text}")

    bot.run_polling()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._core import Channel, __version__
from .errors import (
    AlreadyRunning,
    BadValue,
    ConfigError,
    Damaged,
    EngineFailed,
    ForkedError,
    NoAnswer,
    NotRunning,
    Refused,
    SendFailed,
    StartError,
    ZaloxideError,
)

if TYPE_CHECKING:
    from . import actions, events, wire
    from .envelope import Chat, Envelope, Medium, Sender

__all__ = [
    "AlreadyRunning",
    "BadValue",
    "Channel",
    "Chat",
    "ConfigError",
    "Damaged",
    "EngineFailed",
    "Envelope",
    "ForkedError",
    "Medium",
    "NoAnswer",
    "NotRunning",
    "Refused",
    "SendFailed",
    "Sender",
    "StartError",
    "ZaloxideError",
    "__version__",
    "actions",
    "events",
    "wire",
]

_LATER = {"Chat": "envelope", "Envelope": "envelope", "Medium": "envelope", "Sender": "envelope"}


def __getattr__(name: str) -> object:
    # Dataclasses cost milliseconds to make: they are made when somebody asks for them.
    from importlib import import_module

    if name in ("actions", "events", "wire"):
        return import_module(f".{name}", __name__)
    if name in _LATER:
        return getattr(import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
