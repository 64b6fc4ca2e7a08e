"""`Sending`: a message on its way."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .errors import NoAnswer, Refused, SendFailed

if TYPE_CHECKING:
    from . import _core
    from ._driver import Driver

__all__ = ["Sending"]


class Sending:
    """A message on its way. It goes out whether or not anybody waits for it.

    ``await`` it, or call :meth:`result`, for the ids of the messages it became.
    """

    __slots__ = ("_driver", "_engine", "_found", "_number")

    def __init__(self, engine: _core.Engine, driver: Driver | None, number: int) -> None:
        self._engine = engine
        self._driver = driver
        self._number = number
        self._found: tuple[Any, ...] | None = None

    def result(self, timeout: float = 60.0) -> list[str]:
        """Waits, at most ``timeout`` seconds, until Zalo has acknowledged all of it.

        Raises :class:`~zaloxide.SendFailed` when Zalo did not take it, or not all;
        :class:`~zaloxide.Refused` when it was not tried; :class:`~zaloxide.NoAnswer` when it is
        still on its way then: a quota pause can last for days.
        """
        if self._found is None:
            self._found = self._engine.result(self._number, max(0, round(timeout * 1000)))
        return self._read()

    def __await__(self) -> Generator[Any, None, list[str]]:
        if self._found is None:
            self._found = self._engine.result(self._number, 0)
        if self._found is None:
            import asyncio

            loop = asyncio.get_running_loop()
            if self._driver is not None and self._driver.loop is loop:
                yield from self._driver.told(self._number).__await__()
                self._found = self._engine.result(self._number, 0)
            else:
                wait = self._engine.result
                while self._found is None:
                    waited = loop.run_in_executor(None, wait, self._number, 1000)
                    self._found = yield from waited.__await__()
        return self._read()

    def _read(self) -> list[str]:
        match self._found:
            case ("sent", ids):
                return list(ids)
            case ("cut", index, code, message, ids):
                raise SendFailed(message, index, code, tuple(ids))
            case ("fault", kind, message):
                raise Refused(message, kind)
            case _:
                raise NoAnswer("it is still on its way")

    def __repr__(self) -> str:
        return f"<Sending {self._number}>"
