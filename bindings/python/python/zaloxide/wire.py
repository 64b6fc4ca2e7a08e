"""The wire codec: what the Bot API is asked and what it says, as text on one side and values on
the other. Nothing here decides, and nothing is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from . import _core

__all__ = ["Failed", "Idle", "NotJson", "Ok", "Request", "Update", "request", "response", "update"]


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it goes out: POST ``body`` to ``<api>/bot<token>/<method>``."""

    method: str
    body: str


@dataclass(frozen=True, slots=True)
class Ok:
    """It was done; ``result_json`` is what came of it."""

    result_json: str

    @property
    def result(self) -> Any:
        """The same as values."""
        return json.loads(self.result_json)


@dataclass(frozen=True, slots=True)
class Idle:
    """A long poll ended without an update."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not done, and Zalo says why. ``code`` is 0 when it named none."""

    code: int
    description: str
    retry_after_ms: int | None


@dataclass(frozen=True, slots=True)
class NotJson:
    """No JSON object came. With an HTTP ``status`` of 200 it may well have been done."""

    status: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Update:
    """What a user sent. A field is ``None`` too when its value was of a wrong type."""

    kind: Literal["text", "image", "sticker", "voice", "unsupported", "test", "unknown"]
    event: str | None
    message_id: str | None
    date_ms: int | None
    sender_id: str | None
    sender_name: str | None
    is_bot: bool
    chat_id: str | None
    chat_kind: Literal["private", "group"] | None
    text: str | None
    caption: str | None
    photo_url: str | None
    sticker: str | None
    voice_url: str | None


def request(method: str, **fields: Any) -> Request:
    """The body of a call, from its fields: ``request("sendMessage", chat_id=.., text=..)``.

    Raises :class:`~zaloxide.BadValue` for an unknown method or a missing field.
    """
    return Request(*_core.wire_request(method, fields))


def response(method: str, status: int, body: bytes) -> Ok | Idle | Failed | NotJson:
    """Reads the answer to a call of ``method``; the JSON counts, whatever the HTTP ``status``."""
    kind, fields = _core.wire_response(method, status, body)
    match kind:
        case "ok":
            return Ok(fields["result"])
        case "idle":
            return Idle()
        case "failed":
            return Failed(**fields)
        case _:
            return NotJson(**fields)


def update(body: bytes) -> Update:
    """Reads what a webhook delivered. Raises :class:`~zaloxide.BadValue` when it is no update."""
    return Update(**_core.wire_update(body))
