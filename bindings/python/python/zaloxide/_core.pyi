"""The native half. Import from `zaloxide`: names that begin with `_` may change."""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Final, final

from .actions import Action, Snapshot, Timeout
from .events import Event

__all__ = [
    "ABANDONED",
    "ENDED",
    "TOLD",
    "TURN",
    "Channel",
    "Emulator",
    "Engine",
    "Plan",
    "__version__",
    "program",
    "start",
    "take_lines",
    "wire_request",
    "wire_response",
    "wire_update",
]

__version__: str

@final
class Channel:
    """One bot account, as a state machine without I/O, clock, thread or randomness of its own.

    Whoever calls it drives it: take actions until there are none, do each in order, hand in what
    comes of it with its time, and ``TimerFired`` when ``poll_timeout`` is due.

    ``config``: the keys of an account as in a configuration file (``dmPolicy``, ``allowFrom``, ...),
    and ``account`` and ``botId``. ``seed``: 32 random bytes, never used twice. ``now_ms``: Unix
    milliseconds. Raises :class:`ConfigError` and :class:`BadValue`.
    """

    def __new__(cls, config: Mapping[str, Any], seed: bytes, now_ms: int) -> Channel: ...
    @staticmethod
    def restore(
        config: Mapping[str, Any],
        seed: bytes,
        now_ms: int,
        records: Iterable[tuple[int, str | Mapping[str, Any]]],
    ) -> Channel:
        """A channel from its journal: ``(number, record)`` pairs in order, the first is 1 or a
        snapshot. Raises :class:`Damaged`.
        """
    def handle(self, now_ms: int, event: Event | Mapping[str, Any]) -> None:
        """Takes an event, or its JSON form. Raises :class:`Refused`, the caller's mistake or no
        room, and :class:`BadValue`; then nothing has changed.
        """
    def poll_action(self) -> Action | None:
        """The next thing to do, or ``None``."""
    def poll_timeout(self) -> Timeout | None:
        """When ``TimerFired`` is due, and why; ``None`` for never."""
    def snapshot(self) -> Snapshot:
        """One record in place of all up to its number."""
    def status(self) -> dict[str, Any]:
        """The account at a glance."""

def wire_request(method: str, fields: dict[str, Any]) -> tuple[str, str]: ...
def wire_response(method: str, status: int, body: bytes) -> tuple[str, dict[str, Any]]: ...
def wire_update(body: bytes) -> dict[str, Any]: ...

ENDED: Final = 0
TURN: Final = 1
ABANDONED: Final = 2
TOLD: Final = 3

@final
class Plan:
    @staticmethod
    def from_keys(keys: str, state: str | None) -> Plan: ...
    @staticmethod
    def from_file(file: str | None, state: str | None) -> Plan: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def accounts(self) -> list[str]: ...
    @property
    def webhooks(self) -> bool: ...
    @property
    def paths(self) -> list[str]: ...
    @property
    def state_dir(self) -> str | PathLike[str]: ...

@final
class Engine:
    @property
    def is_guest(self) -> bool: ...
    def fileno(self) -> int: ...
    def next(self, timeout_ms: int) -> tuple[Any, ...] | None: ...
    def answer(self, turn: str, attempt: int, reply: Sequence[Mapping[str, Any]]) -> bool: ...
    def fail(self, turn: str, attempt: int, reason: str) -> bool: ...
    def typing(self, account: str, turn: str, attempt: int) -> None: ...
    def send(self, account: str, chat: str, content: Mapping[str, Any]) -> int: ...
    def knock(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[bytes, bytes]],
        peer: str | None,
        major: int,
    ) -> tuple[int, tuple[Any, ...] | None]: ...
    def give(self, number: int, piece: bytes | None, is_last: bool) -> None: ...
    def result(self, number: int, timeout_ms: int) -> tuple[Any, ...] | None: ...
    def ask(self, request: str) -> str: ...
    def stop(self) -> None: ...
    def wait(self, timeout_ms: int) -> tuple[list[str], str | None] | None: ...
    def addresses(self) -> tuple[str | None, str | None]: ...

def start(
    plan: Plan,
    *,
    durable: bool,
    stickers: bool,
    voices: bool,
    mounted: bool,
    local: bool,
    level: int,
) -> Engine: ...
def take_lines() -> list[tuple[int, str]]: ...
@final
class Emulator:
    def __new__(
        cls,
        *,
        tokens: list[str] | None = None,
        deliver_to: str | None = None,
        queue: bool = False,
    ) -> Emulator: ...
    @property
    def url(self) -> str: ...
    def message(
        self,
        user: str,
        kind: str,
        value: str | bytes,
        *,
        caption: str = "",
        name: str | None = None,
        chat: str | None = None,
        bot: str | None = None,
    ) -> str: ...
    def hand_out(self, body: bytes, *, bot: str | None = None) -> str: ...
    def calls(self, since: int) -> list[dict[str, Any]]: ...
    def last_call(self) -> int: ...
    def wait_for_call(
        self,
        since: int,
        methods: list[str],
        chat: str | None,
        timeout_ms: int,
        *,
        answered: bool = False,
    ) -> dict[str, Any] | None: ...
    def wait_for_poll(self, timeout_ms: int, *, bot: str | None = None) -> bool: ...
    def fault(self, fault: Mapping[str, Any]) -> None: ...
    def reset(self) -> None: ...
    def stop(self) -> None: ...

def program(arguments: Sequence[str]) -> int: ...
