"""`Pairing`: who may talk to the bot. Each call waits until its outcome is durable, some ms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .bot import Bot

__all__ = ["Approved", "Pairing", "Pending"]


class Pending(NamedTuple):
    """A stranger with a code. Times are Unix ms; ``name`` is as they wrote it."""

    account: str
    sender: str
    name: str | None
    code: str
    issued_at: int
    expires_at: int


class Approved(NamedTuple):
    """Somebody who was let in, and when (Unix ms)."""

    account: str
    sender: str
    name: str | None
    at: int


class Pairing:
    """Decides about strangers. In a handler that is ``async``: ``await asyncio.to_thread(..)``."""

    __slots__ = ("_bot",)

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    def list(self, account: str | None = None) -> list[Pending]:
        """Who waits to be let in."""
        return [
            Pending(
                each["account"],
                one["sender"],
                one["name"],
                one["code"],
                one["issued_at"],
                one["expires_at"],
            )
            for each in self._seen(account)
            for one in each["pending"]
        ]

    def approved(self, account: str | None = None) -> tuple[Approved, ...]:
        """Who was let in by a code."""
        return tuple(
            Approved(each["account"], one["sender"], one["name"], one["at"])
            for each in self._seen(account)
            for one in each["approved"]
        )

    def approve(self, code: str, *, account: str | None = None, notify: bool = False) -> str:
        """Lets in who has this code, from their next message on; their id.

        ``notify`` tells them so. Raises :class:`~zaloxide.Refused`, with ``kind``
        ``unknown_code`` for one that is unknown, used or over an hour old.
        """
        wish = {"request": "pairing_approve", "account": account, "code": code, "notify": notify}
        return str(self._ask(wish)["sender"])

    def reject(
        self, code_or_sender: str, *, account: str | None = None, block: bool = False
    ) -> str:
        """Turns somebody away for 24 hours, or for good with ``block``; their id."""
        who = {"either": code_or_sender}
        wish = {"request": "pairing_reject", "account": account, "who": who, "block": block}
        return str(self._ask(wish)["sender"])

    def revoke(self, sender: str, *, account: str | None = None) -> str:
        """Takes an approval back: also what they wait for is given up. Their id."""
        wish = {"request": "pairing_revoke", "account": account, "sender": sender}
        return str(self._ask(wish)["sender"])

    def _seen(self, account: str | None) -> Any:
        return self._ask({"request": "pairing_list", "account": account})["accounts"]

    def _ask(self, wish: dict[str, Any]) -> Any:
        return json.loads(self._bot._running().ask(json.dumps(wish)))
