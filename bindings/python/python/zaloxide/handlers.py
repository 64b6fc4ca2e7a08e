"""`Handlers`: the functions that answer turns, and which of them answers which."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

if TYPE_CHECKING:
    from .filters import Filter
    from .turn import Turn

Function = TypeVar("Function", bound=Callable[..., Any])

# Flags of the code of a function that is `async def`, or was made one by `types.coroutine`.
_ASYNC = 0x80 | 0x100


class Handler(NamedTuple):
    """A function that answers turns of some kinds."""

    kind: str
    filters: tuple[Filter, ...]
    function: Callable[[Turn], Any]
    is_async: bool


def _is_async(function: Any) -> bool:
    while hasattr(function, "func"):
        function = function.func
    if not hasattr(function, "__code__"):
        function = getattr(function, "__func__", getattr(function, "__call__", function))
        function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & _ASYNC)


class Handlers:
    """What a bot's functions are added to."""

    def __init__(self) -> None:
        self._handlers: list[Handler] = []
        self._on_error: Callable[[Turn, BaseException], Any] | None = None
        self._on_startup: list[Callable[[], Any]] = []
        self._on_shutdown: list[Callable[[], Any]] = []

    @overload
    def on_text(self, *filters: Filter) -> Callable[[Function], Function]: ...
    @overload
    def on_text(self, function: Function, /) -> Function: ...
    def on_text(self, *filters: Any) -> Any:
        """Has a function answer texts: ``@bot.on_text``, or ``@bot.on_text(filter, ..)``.

        The first handler that fits, in the order in which they were added, gets a message. A
        message that none fits is answered with nothing. A plain function is called in a thread.
        """
        return self._on("text", filters)

    @overload
    def on_image(self, *filters: Filter) -> Callable[[Function], Function]: ...
    @overload
    def on_image(self, function: Function, /) -> Function: ...
    def on_image(self, *filters: Any) -> Any:
        """The same for pictures; ``turn.media[0].path`` is the file."""
        return self._on("image", filters)

    @overload
    def on_sticker(self, *filters: Filter) -> Callable[[Function], Function]: ...
    @overload
    def on_sticker(self, function: Function, /) -> Function: ...
    def on_sticker(self, *filters: Any) -> Any:
        """The same for stickers; they are then delivered, whatever ``inbound.sticker`` says."""
        return self._on("sticker", filters)

    @overload
    def on_voice(self, *filters: Filter) -> Callable[[Function], Function]: ...
    @overload
    def on_voice(self, function: Function, /) -> Function: ...
    def on_voice(self, *filters: Any) -> Any:
        """The same for recordings; they are then delivered, whatever ``inbound.voice`` says."""
        return self._on("voice", filters)

    @overload
    def on_any(self, *filters: Filter) -> Callable[[Function], Function]: ...
    @overload
    def on_any(self, function: Function, /) -> Function: ...
    def on_any(self, *filters: Any) -> Any:
        """The same for whatever is delivered."""
        return self._on("any", filters)

    def on_error(self, function: Function) -> Function:
        """Has a function of ``(turn, error)`` told of handlers that raise, instead of the log.

        The turn is tried again all the same: after 1 s, then 10 s; after the third try it is a dead
        letter, see ``zaloxide turns list``.
        """
        self._on_error = function
        return function

    def on_startup(self, function: Function) -> Function:
        """Has a function called once the bot runs, before the first message is handled."""
        self._on_startup.append(function)
        return function

    def on_shutdown(self, function: Function) -> Function:
        """Has a function called before the bot stops."""
        self._on_shutdown.append(function)
        return function

    def _on(self, kind: str, filters: tuple[Any, ...]) -> Any:
        from .filters import Filter

        def add(function: Function, filters: tuple[Filter, ...] = filters) -> Function:
            self._handlers.append(Handler(kind, filters, function, _is_async(function)))
            return function

        if len(filters) == 1 and not isinstance(filters[0], Filter):
            return add(filters[0], ())
        return add

    def _handler(self, turn: Turn) -> Handler | None:
        kind = turn.kind
        for handler in self._handlers:
            if handler.kind in (kind, "any") and all(wants(turn) for wants in handler.filters):
                return handler
        return None

    def _hears(self, kind: str) -> bool:
        return any(handler.kind == kind for handler in self._handlers)
