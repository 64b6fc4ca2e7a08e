"""Options: a configuration's keys, as Python spells them."""

from __future__ import annotations

import os
from typing import Any, cast


def camel(name: str) -> str:
    """``dm_policy`` is ``dmPolicy`` in a configuration."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def camel_keys(value: Any, *, names: bool = False) -> Any:
    """Keys as a configuration has them. Those of ``accounts`` are names: they stay."""
    if not isinstance(value, dict):
        return value if not isinstance(value, os.PathLike) else str(cast("os.PathLike[str]", value))
    made: dict[str, Any] = {}
    for key, inner in cast("dict[str, Any]", value).items():
        made[key if names else camel(key)] = camel_keys(
            inner, names=not names and key == "accounts"
        )
    return made
