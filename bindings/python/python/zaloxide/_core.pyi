"""The native half. Import from `zaloxide`: names that begin with `_` may change."""

from collections.abc import Iterable, Mapping
from typing import Any, final

from .actions import Action, Snapshot, Timeout
from .events import Event

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
