"""A bot's door in somebody else's server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .errors import ZaloxideError

if TYPE_CHECKING:
    from . import _core
    from .bot import Bot

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# How long the door may be silent, in seconds: it bounds by itself how long a body and a store take.
SILENT_MAX = 40
# Bytes of a body that are read at once.
PIECE_BYTES = 1 << 16
# What is answered when the door says nothing: try again.
NOTHING = ("http", 503, [(b"retry-after", b"10")], b"")


class Asgi:
    """An ASGI app. Made by :meth:`zaloxide.Bot.asgi`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._starting: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._bot.start(mounted=True)
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await self._bot.stop()
        except ZaloxideError as error:
            await send({"type": "lifespan.shutdown.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def _running(self) -> _core.Engine:
        """The engine; started here when no lifespan did that."""
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if not self._bot.is_running:
                await self._bot.start(mounted=True)
        return self._bot._running()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        engine = await self._running()
        client = scope.get("client")
        # As it came: a path is compared byte by byte.
        target = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        if query := scope.get("query_string"):
            target += "?" + query.decode("latin-1")
        number, found = engine.knock(
            scope["method"],
            target,
            list(scope["headers"]),
            client[0] if client else None,
            int(scope.get("http_version", "1.1")[0]),
        )
        try:
            if found is None:
                found = await self._answer(engine, number, receive)
            _, status, headers, content = found
        finally:
            engine.give(number, None, True)
        if status == 503 and engine.is_guest:
            await self._promote(engine)
        await answer(send, status, headers, content)

    async def _promote(self, guest: _core.Engine) -> None:
        """The owner may have gone: whoever asks first is the next."""
        assert self._starting is not None
        async with self._starting:
            if self._bot._engine is guest:
                await self._bot._end()
                await self._bot.start(mounted=True)

    async def _answer(self, engine: _core.Engine, number: int, receive: Receive) -> tuple[Any, ...]:
        """What the door says, once it has been given what it wants of the body."""
        driver = self._bot._driver
        assert driver is not None
        reading: asyncio.Task[None] | None = None
        try:
            while True:
                found = engine.result(number, 0)
                if found is None:
                    done, _ = await asyncio.wait([driver.told(number)], timeout=SILENT_MAX)
                    if not done and (found := engine.result(number, 0)) is None:
                        return NOTHING
                elif found[0] == "wanted":
                    # Beside what the door says meanwhile: it does not wait for ever.
                    reading = asyncio.ensure_future(give(engine, number, receive))
                else:
                    return found
        finally:
            if reading is not None:
                reading.cancel()


async def give(engine: _core.Engine, number: int, receive: Receive) -> None:
    """Gives the door the next piece of a body."""
    part = await receive()
    if part["type"] == "http.request":
        engine.give(number, part.get("body", b""), not part.get("more_body"))
    else:
        engine.give(number, None, True)


async def answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Answers a request."""
    if not any(name.lower() == b"content-length" for name, _ in headers):
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Wsgi:
    """A WSGI app. Made by :meth:`zaloxide.Bot.wsgi`."""

    def __init__(self, bot: Bot, app: Callable[..., Any] | None) -> None:
        self._bot = bot
        self._app = app
        self._paths = [path.rstrip("/") for path in bot._plan.paths]

    def _is_ours(self, path: str) -> bool:
        return any(
            path.rstrip("/") == own or path.startswith(f"{own}/media/") for own in self._paths
        )

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if self._app is not None and not self._is_ours(path):
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        self._bot.start_background(mounted=True)
        engine = self._bot._running()
        target = quote(path.encode("latin-1"))
        if query := environ.get("QUERY_STRING"):
            target += f"?{query}"
        number, found = engine.knock(
            environ["REQUEST_METHOD"],
            target,
            list(self._headers(environ)),
            environ.get("REMOTE_ADDR"),
            1,
        )
        pieces = self._pieces(environ)
        try:
            if found is None:
                found = engine.result(number, SILENT_MAX * 1000)
            while found == ("wanted",):
                piece = next(pieces, b"")
                engine.give(number, piece, not piece)
                found = engine.result(number, SILENT_MAX * 1000)
        finally:
            engine.give(number, None, True)
        _, status, headers, body = found or NOTHING
        line = f"{status} {HTTPStatus(status).phrase}"
        shown = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        start_response(line, shown)
        return [body]

    def _headers(self, environ: dict[str, Any]) -> Iterable[tuple[bytes, bytes]]:
        for name, value in environ.items():
            if name.startswith("HTTP_"):
                yield name[5:].replace("_", "-").encode(), value.encode("latin-1")
            elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
                yield name.replace("_", "-").encode(), value.encode("latin-1")

    def _pieces(self, environ: dict[str, Any]) -> Iterator[bytes]:
        """A body as it is asked for: all that its length says, or to its end where none is said."""
        length = environ.get("CONTENT_LENGTH") or ""
        left = int(length) if length.isdigit() else None
        while left is None or left > 0:
            piece: bytes = environ["wsgi.input"].read(min(PIECE_BYTES, left or PIECE_BYTES))
            if not piece:
                return
            if left is not None:
                left -= len(piece)
            yield piece
