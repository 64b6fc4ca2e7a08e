"""Filters: which messages a handler is for. They join with ``&``, ``|`` and ``~``.

    from zaloxide.filters import command, group, regex, sender

    @bot.on_text(command("start") & ~group())
    async def start(turn): ...
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .turn import Turn

__all__ = ["Filter", "command", "group", "private", "regex", "sender"]


class Filter:
    """Says of a turn whether it is wanted. Any function of a turn can be made one."""

    __slots__ = ("_wants",)

    def __init__(self, wants: Callable[[Turn], bool]) -> None:
        self._wants = wants

    def __call__(self, turn: Turn) -> bool:
        return self._wants(turn)

    def __and__(self, other: Callable[[Turn], bool]) -> Filter:
        return Filter(lambda turn: self(turn) and other(turn))

    def __or__(self, other: Callable[[Turn], bool]) -> Filter:
        return Filter(lambda turn: self(turn) or other(turn))

    def __invert__(self) -> Filter:
        return Filter(lambda turn: not self(turn))


def regex(pattern: str | re.Pattern[str]) -> Filter:
    """Texts in which the pattern is found; ``turn.match`` is what was found."""
    compiled = re.compile(pattern)

    def wants(turn: Turn) -> bool:
        turn.match = compiled.search(turn.text)
        return turn.match is not None

    return Filter(wants)


def command(*names: str, prefix: str = "/") -> Filter:
    """``/name``, then the end or white space, in any case; ``turn.args`` is the rest."""
    wanted = {prefix + name.casefold() for name in names}

    def wants(turn: Turn) -> bool:
        words = turn.text.split(maxsplit=1)
        if not words or words[0].casefold() not in wanted:
            return False
        turn.args = words[1].strip() if len(words) > 1 else ""
        return True

    return Filter(wants)


def sender(*ids: str) -> Filter:
    """What these people write."""
    return Filter(lambda turn: turn.sender.id in ids)


def group(*ids: str) -> Filter:
    """What is written in groups: in these, or in any when none is named."""
    return Filter(lambda turn: turn.is_group and (not ids or turn.chat.id in ids))


def private() -> Filter:
    """What is written to the bot alone."""
    return Filter(lambda turn: not turn.is_group)
