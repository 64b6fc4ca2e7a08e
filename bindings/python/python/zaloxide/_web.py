"""A bot's door in somebody else's server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
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

# A byte more than the door takes: it sees that it is too much.
BODY_MAX = (1 << 20) + 1
# How long a body may take, and how long the door may, in seconds.
READ_MAX = 15
ANSWER_MAX = 40


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
        try:
            body = await asyncio.wait_for(self._body(receive), READ_MAX)
        except (asyncio.TimeoutError, TimeoutError):
            await answer(send, 408, [], b"")
            return
        client = scope.get("client")
        # As it came: a path is compared byte by byte.
        target = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        if query := scope.get("query_string"):
            target += "?" + query.decode("latin-1")
        number = engine.knock(
            scope["method"], target, list(scope["headers"]), body, client[0] if client else None
        )
        found = engine.result(number, 0)
        if found is None:
            driver = self._bot._driver
            assert driver is not None
            await asyncio.wait([driver.told(number)], timeout=ANSWER_MAX)
            found = engine.result(number, 0)
        if found is None:
            await answer(send, 503, [(b"retry-after", b"10")], b"")
            return
        _, status, headers, content = found
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

    async def _body(self, receive: Receive) -> bytes:
        body = b""
        while True:
            part = await receive()
            if part["type"] != "http.request":
                return body
            if len(body) < BODY_MAX:
                body += part.get("body", b"")
            if not part.get("more_body"):
                return body


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
        number = engine.knock(
            environ["REQUEST_METHOD"],
            target,
            list(self._headers(environ)),
            self._body(environ),
            environ.get("REMOTE_ADDR"),
        )
        found = engine.result(number, ANSWER_MAX * 1000)
        _, status, headers, body = found or ("http", 503, [(b"retry-after", b"10")], b"")
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

    def _body(self, environ: dict[str, Any]) -> bytes:
        length = environ.get("CONTENT_LENGTH") or "0"
        wanted = min(int(length), BODY_MAX) if length.isdigit() else 0
        if not wanted and environ.get("HTTP_TRANSFER_ENCODING"):
            wanted = BODY_MAX
        return bytes(environ["wsgi.input"].read(wanted))
