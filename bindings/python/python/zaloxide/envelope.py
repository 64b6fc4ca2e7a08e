"""What an agent is told about a message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote. ``name`` is at most 64 characters, as they wrote it: escape it before showing."""

    id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Chat:
    """Where it was written."""

    id: str
    kind: Literal["private", "group"]


@dataclass(frozen=True, slots=True)
class Medium:
    """Something attached to a message.

    ``path`` is where it lies on this machine until the turn is settled, ``None`` when it could not
    be had; ``bytes`` its size; ``url`` where Zalo keeps it for a while; ``sticker`` a sticker's id,
    with which it can be sent again.
    """

    kind: Literal["image", "voice", "sticker"]
    path: str | None
    content_type: str | None
    bytes: int | None
    url: str | None
    sticker: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message from Zalo in the channel's common form, or several that are one turn
    (``turn={"debounce_ms": ..}``): ``message_ids`` has them all, in order, ``text`` a line or more
    of each; ``message_id``, ``timestamp_ms`` and ``raw`` are those of the first.

    ``turn`` stays the same over attempts and restarts, ``attempt`` counts from 1. ``timestamp_ms``
    is Unix milliseconds. ``text`` is what the user wrote, without the leading mention; ``body`` has
    a placeholder a line for media before it.
    """

    turn: str
    attempt: int
    channel: str
    account: str
    session: str
    from_: str
    to: str
    sender: Sender
    chat: Chat
    message_id: str | None
    message_ids: tuple[str, ...]
    timestamp_ms: int
    text: str
    body: str
    media: tuple[Medium, ...]
    raw_json: str

    @property
    def raw(self) -> Any:
        """Zalo's own ``message`` object; ``None`` when it was over 64 KiB."""
        return json.loads(self.raw_json)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        media: list[dict[str, Any]] = []
        for medium in self.media:
            form: dict[str, Any] = {
                "kind": medium.kind,
                "path": medium.path,
                "content_type": medium.content_type,
                "bytes": medium.bytes,
                "url": medium.url,
            }
            if medium.sticker is not None:
                form["sticker"] = medium.sticker
            media.append(form)
        return {
            "turn": self.turn,
            "attempt": self.attempt,
            "channel": self.channel,
            "account": self.account,
            "session": self.session,
            "from": self.from_,
            "to": self.to,
            "sender": {"id": self.sender.id, "name": self.sender.name},
            "chat": {"id": self.chat.id, "kind": self.chat.kind},
            "message_id": self.message_id,
            "message_ids": list(self.message_ids),
            "timestamp_ms": self.timestamp_ms,
            "text": self.text,
            "body": self.body,
            "media": media,
            "raw": self.raw,
        }
