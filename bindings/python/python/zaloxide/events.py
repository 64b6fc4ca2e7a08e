"""Events: all that can happen to a :class:`~zaloxide.Channel`.

``Channel.handle`` takes these, or their stable JSON form as a dict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .actions import Cause


@dataclass(frozen=True, slots=True)
class UpdateReceived:
    """A webhook delivered ``body``, at most 1 MiB. Settled with the status to answer."""

    type: ClassVar[str] = "update_received"
    ticket: int
    body: str | bytes


@dataclass(frozen=True, slots=True)
class TimerFired:
    """``poll_timeout`` is due. Harmless at any other time."""

    type: ClassVar[str] = "timer_fired"


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole HTTP answer came."""

    type: ClassVar[str] = "answered"
    status: int
    body: str | bytes
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely no byte of the request went out."""

    type: ClassVar[str] = "not_sent"
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have arrived; no whole answer came."""

    type: ClassVar[str] = "unknown"
    reason: str


@dataclass(frozen=True, slots=True)
class CallFinished:
    """A call ended: exactly one for each ``StartCall`` and ``SendChunk``, also when cancelled."""

    type: ClassVar[str] = "call_finished"
    call: str
    outcome: Answered | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Committed:
    """The commit with this ``upto`` is durable."""

    type: ClassVar[str] = "committed"
    upto: int


@dataclass(frozen=True, slots=True)
class CommitFailed:
    """The commit with this ``upto`` is not durable."""

    type: ClassVar[str] = "commit_failed"
    upto: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type, "upto": self.upto, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Replied:
    """The agent answered a turn: ``{text?, media?, sticker?, voice?}`` or a list of such."""

    type: ClassVar[str] = "replied"
    turn: str
    attempt: int
    reply: Mapping[str, Any] | Sequence[Mapping[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "turn": self.turn,
            "attempt": self.attempt,
            "reply": self.reply,
        }


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The agent failed at a turn."""

    type: ClassVar[str] = "turn_failed"
    turn: str
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class MediaFetched:
    """A download ended: ``{"type": "kept", path, content_type, bytes}`` or ``failed{reason}``."""

    type: ClassVar[str] = "media_fetched"
    turn: str
    index: int
    result: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "turn": self.turn,
            "index": self.index,
            "result": self.result,
        }


@dataclass(frozen=True, slots=True)
class MediaPrepared:
    """A medium to be sent is ready: ``{"type": "url", url}``, or not: ``refused{reason}``."""

    type: ClassVar[str] = "media_prepared"
    cause: Cause
    index: int
    result: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "cause": self.cause.to_dict(),
            "index": self.index,
            "result": self.result,
        }


@dataclass(frozen=True, slots=True)
class Approval:
    """A person decided about a stranger, by their ``code`` or as ``sender``.

    ``verdict``: ``{"type": "approve", "notify": bool}``, ``{"type": "reject", "block": bool}`` or
    ``{"type": "revoke"}``. ``source`` says through which door.
    """

    type: ClassVar[str] = "approval"
    verdict: Mapping[str, Any]
    source: str
    ticket: int
    code: str | None = None
    sender: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        subject = {"sender": self.sender} if self.code is None else {"code": self.code}
        return {
            "type": self.type,
            **subject,
            "verdict": self.verdict,
            "source": self.source,
            "ticket": str(self.ticket),
        }


@dataclass(frozen=True, slots=True)
class Operate:
    """An operator asks for something: ``{"type": "pause", "chat": ..}`` and the like."""

    type: ClassVar[str] = "operate"
    op: Mapping[str, Any]
    ticket: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type, "op": self.op, "ticket": str(self.ticket)}


@dataclass(frozen=True, slots=True)
class Send:
    """Somebody wants a message sent; ``content`` is a reply. Settled when the send has ended."""

    type: ClassVar[str] = "send"
    chat: str
    content: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ticket: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "type": self.type,
            "chat": self.chat,
            "content": self.content,
            "ticket": str(self.ticket),
        }


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """The whole new configuration; same ``account`` and ``botId``."""

    type: ClassVar[str] = "reconfigured"
    config: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type, "config": self.config}


@dataclass(frozen=True, slots=True)
class Stop:
    """No new work; ``Stopped`` follows."""

    type: ClassVar[str] = "stop"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"type": self.type}


Event = (
    UpdateReceived
    | TimerFired
    | CallFinished
    | Committed
    | CommitFailed
    | Replied
    | TurnFailed
    | MediaFetched
    | MediaPrepared
    | Approval
    | Operate
    | Send
    | Reconfigured
    | Stop
)
