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
    from . import actions, events, filters, testing, wire
    from .bot import Bot
    from .envelope import Chat, Envelope, Medium, Sender
    from .pairing import Pairing
    from .sending import Sending
    from .turn import Turn

__all__ = [
    "AlreadyRunning",
    "BadValue",
    "Bot",
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
    "Pairing",
    "Refused",
    "SendFailed",
    "Sender",
    "Sending",
    "StartError",
    "Turn",
    "ZaloxideError",
    "__version__",
    "actions",
    "events",
    "filters",
    "testing",
    "wire",
]

_MODULES = ("actions", "events", "filters", "testing", "wire")
_LATER = {
    "Bot": "bot",
    "Chat": "envelope",
    "Envelope": "envelope",
    "Medium": "envelope",
    "Pairing": "pairing",
    "Sender": "envelope",
    "Sending": "sending",
    "Turn": "turn",
}


def __getattr__(name: str) -> object:
    # Dataclasses cost milliseconds to make: they are made when somebody asks for them.
    from importlib import import_module

    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _LATER:
        return getattr(import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
