"""The pytest plugin: the fixture ``zalo``. Nothing is started, nor imported, before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Zalo


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    """A local Zalo Bot Platform; see ``zaloxide.testing``."""
    from .testing import Zalo

    with Zalo() as running:
        yield running
