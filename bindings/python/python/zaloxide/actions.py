"""Actions: all that a :class:`~zaloxide.Channel` asks its driver to do.

Each is a frozen dataclass with slots, so that ``match`` works on it; ``to_dict()`` is its stable
JSON form. Times are Unix milliseconds, durations end in ``_ms``, sizes are bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from .envelope import Envelope


@dataclass(frozen=True, slots=True)
class Cause:
    """What a chunk or a medium belongs to. ``id`` is the stranger's for ``code``."""

    kind: Literal["turn", "send", "code", "notice"]
    id: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.kind, "sender" if self.kind == "code" else "id": self.id}


@dataclass(frozen=True, slots=True)
class Status:
    """The HTTP status that a webhook is to be answered with."""

    status: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"status": self.status}


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; ``answer`` says what, by its ``type``."""

    answer: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"ok": self.answer}


@dataclass(frozen=True, slots=True)
class Fault:
    """It was not done. ``kind`` is for programs, ``message`` for people."""

    kind: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"error": {"kind": self.kind, "message": self.message}}


@dataclass(frozen=True, slots=True)
class Commit:
    """Make ``records`` durable, then hand in ``Committed(upto)`` or ``CommitFailed(upto, reason)``.

    They are numbered one by one up to ``upto``; a number that is there already is left as it is.
    Each record is JSON text: keep it as it is.
    """

    type: ClassVar[str] = "commit"
    upto: int
    records: tuple[str, ...]

    def numbered(self) -> list[tuple[int, str]]:
        """The records with their numbers."""
        first = self.upto - len(self.records) + 1
        return list(enumerate(self.records, first))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        records = [json.loads(record) for record in self.records]
        return {"type": self.type, "upto": self.upto, "records": records}


@dataclass(frozen=True, slots=True)
class Settle:
    """Answer whoever waits with this ticket."""

    type: ClassVar[str] = "settle"
    ticket: int
    result: Status | Done | Fault

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type, "ticket": str(self.ticket), "result": self.result.to_dict()}


@dataclass(frozen=True, slots=True)
class StartCall:
    """Make a call that no user sees, then hand in ``CallFinished``."""

    type: ClassVar[str] = "start_call"
    call: str
    method: str
    body: str
    timeout_ms: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "call": self.call,
            "method": self.method,
            "body": self.body,
            "timeout_ms": self.timeout_ms,
        }


@dataclass(frozen=True, slots=True)
class SendChunk:
    """Make a call that a user sees, then hand in ``CallFinished``."""

    type: ClassVar[str] = "send_chunk"
    call: str
    chat: str
    cause: Cause
    index: int
    of: int
    method: str
    body: str
    timeout_ms: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "call": self.call,
            "chat": self.chat,
            "cause": self.cause.to_dict(),
            "index": self.index,
            "of": self.of,
            "method": self.method,
            "body": self.body,
            "timeout_ms": self.timeout_ms,
        }


@dataclass(frozen=True, slots=True)
class CancelCall:
    """Give a call up if that is still possible. ``CallFinished`` is due all the same."""

    type: ClassVar[str] = "cancel_call"
    call: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type, "call": self.call}


@dataclass(frozen=True, slots=True)
class FetchMedia:
    """Download what a user sent, then hand in ``MediaFetched``. The URL is a stranger's word."""

    type: ClassVar[str] = "fetch_media"
    turn: str
    index: int
    url: str
    bytes_max: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "turn": self.turn,
            "index": self.index,
            "url": self.url,
            "bytes_max": self.bytes_max,
        }


@dataclass(frozen=True, slots=True)
class PrepareMedia:
    """Check, copy and host what is to be sent, then hand in ``MediaPrepared``."""

    type: ClassVar[str] = "prepare_media"
    cause: Cause
    index: int
    source: str
    bytes_max: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "cause": self.cause.to_dict(),
            "index": self.index,
            "source": self.source,
            "bytes_max": self.bytes_max,
        }


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a turn to the agent, then hand in ``Replied`` or ``TurnFailed``."""

    type: ClassVar[str] = "deliver"
    turn: str
    attempt: int
    envelope: Envelope
    deadline: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "turn": self.turn,
            "attempt": self.attempt,
            "envelope": self.envelope.to_dict(),
            "deadline": self.deadline,
        }


@dataclass(frozen=True, slots=True)
class Abandon:
    """Nobody waits for this attempt any more."""

    type: ClassVar[str] = "abandon"
    turn: str
    attempt: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type, "turn": self.turn, "attempt": self.attempt}


@dataclass(frozen=True, slots=True)
class IssueCode:
    """Show the operator a pairing code. The stranger's own text is a ``SendChunk``."""

    type: ClassVar[str] = "issue_code"
    sender: str
    name: str | None
    code: str
    expires_at: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "sender": self.sender,
            "name": self.name,
            "code": self.code,
            "expires_at": self.expires_at,
        }


@dataclass(frozen=True, slots=True)
class Drop:
    """An update came to nothing; ``reason`` says why."""

    type: ClassVar[str] = "drop"
    reason: str
    chat: str | None = None
    sender: str | None = None
    message_id: str | None = None
    event: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        fields = {
            "chat": self.chat,
            "sender": self.sender,
            "message_id": self.message_id,
            "event": self.event,
        }
        update = {name: value for name, value in fields.items() if value is not None}
        return {"type": self.type, "reason": self.reason, "update": update}


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the log. Text from outside in it is not escaped yet."""

    type: ClassVar[str] = "note"
    level: Literal["error", "warn", "info"]
    code: str
    text: str
    chat: str | None = None
    sender: str | None = None
    turn: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        form: dict[str, Any] = {
            "type": self.type,
            "level": self.level,
            "code": self.code,
            "text": self.text,
        }
        for name, value in (("chat", self.chat), ("sender", self.sender), ("turn", self.turn)):
            if value is not None:
                form[name] = value
        return form


@dataclass(frozen=True, slots=True)
class Stopped:
    """All is done: the driver may end."""

    type: ClassVar[str] = "stopped"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type}


@dataclass(frozen=True, slots=True)
class Timeout:
    """When ``TimerFired`` is due (Unix ms), and why."""

    at: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"at": self.at, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One record in place of all up to ``upto``."""

    upto: int
    record: str


Action = (
    Commit
    | Settle
    | StartCall
    | SendChunk
    | CancelCall
    | FetchMedia
    | PrepareMedia
    | Deliver
    | Abandon
    | IssueCode
    | Drop
    | Note
    | Stopped
)
