"""`Bot`: a whole bot."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from . import _core
from ._options import camel_keys
from .errors import EngineFailed, NotRunning, StartError
from .handlers import Handlers
from .pairing import Pairing
from .sending import Sending
from .turn import Photo, message

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from ._driver import Driver
    from ._web import Asgi, Wsgi

__all__ = ["Bot"]

log = logging.getLogger("zaloxide")


class Bot(Handlers):
    """A whole bot: it polls or takes webhooks, pairs strangers, hands messages to your handlers and
    sends what they answer, across restarts.

    ``token`` and the keywords are the keys of a configuration file in snake_case: ``api_url``,
    ``dm_policy``, ``allow_from``, ``webhook_url``, ..., nested ones as dicts:
    ``turn={"timeout_sec": 60}``. Without a token it is ``ZALO_BOT_TOKEN`` of the environment.

    ``store``: ``"sqlite"``, or ``None`` for memory: then the end of the process forgets all.
    ``state_dir``: where state lies; else ``bots/<bot id>`` in zaloxide's state directory.
    ``threads``: how many handlers that are plain functions may run at one time.

    Raises :class:`~zaloxide.ConfigError`, with all that is wrong.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        store: Literal["sqlite"] | None = "sqlite",
        state_dir: str | os.PathLike[str] | None = None,
        threads: int = 64,
        **keys: Any,
    ) -> None:
        if token is not None:
            keys["bot_token"] = token
        self._begin(keys, None, store, state_dir, threads)

    @classmethod
    def from_config(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        store: Literal["sqlite"] | None = "sqlite",
        state_dir: str | os.PathLike[str] | None = None,
        threads: int = 64,
    ) -> Bot:
        """A bot, or several, from a configuration file: ``zaloxide.json5``, an ``openclaw.json``.

        Without a path the file is looked for where ``zaloxide run`` does. State lies where it does
        too. Raises :class:`~zaloxide.ConfigError`, with file, line and column of all that is wrong.
        """
        bot = cls.__new__(cls)
        bot._begin(None, path, store, state_dir, threads)
        return bot

    def _begin(
        self,
        keys: dict[str, Any] | None,
        path: str | os.PathLike[str] | None,
        store: Literal["sqlite"] | None,
        state_dir: str | os.PathLike[str] | None,
        threads: int,
    ) -> None:
        super().__init__()
        if store not in ("sqlite", None):
            raise ValueError('store: expected "sqlite", or None for memory')
        self.threads = threads
        self._keys, self._path, self._state_dir = keys, path, state_dir
        self._durable = store is not None
        self._local = False
        self._plan = self._make_plan()
        self._engine: _core.Engine | None = None
        self._driver: Driver | None = None
        self._background: threading.Thread | None = None
        self._wish: Callable[[], Any] = lambda: None
        self._lock = threading.Lock()
        #: Who may talk to the bot.
        self.pairing = Pairing(self)
        for warning in self._plan.warnings:
            log.warning("%s", warning)

    def _make_plan(self) -> _core.Plan:
        state = None if self._state_dir is None else os.fspath(self._state_dir)
        if self._keys is None:
            path = None if self._path is None else os.fspath(self._path)
            return _core.Plan.from_file(path, state)
        return _core.Plan.from_keys(json.dumps(camel_keys(self._keys)), state)

    @property
    def accounts(self) -> list[str]:
        """The names of the accounts that run; ``["default"]`` for a bare token."""
        return self._plan.accounts

    @property
    def state_dir(self) -> str:
        """Where state lies: ``zaloxide --state-dir`` reaches this bot with it."""
        return os.fspath(self._plan.state_dir)

    @property
    def is_running(self) -> bool:
        """Whether it runs in this process."""
        return self._engine is not None

    def __repr__(self) -> str:
        state = "running" if self.is_running else "not running"
        return f"<Bot {', '.join(self.accounts)}, {state}>"

    # --- Sending -------------------------------------------------------------------------------

    def send(
        self,
        chat_id: str,
        text: str | None = None,
        *,
        photo: Photo | None = None,
        sticker: str | None = None,
        voice: str | None = None,
        account: str | None = None,
    ) -> Sending:
        """Sends a message now, from any thread: it is on its way when this returns.

        ``await`` what is returned, or call its ``result()``, for the ids of what was sent. Raises
        :class:`~zaloxide.NotRunning`, :class:`~zaloxide.Refused`, :class:`~zaloxide.BadValue`.
        """
        engine = self._running()
        if account is None:
            account = self.accounts[0]
        content = message(text, photo=photo, sticker=sticker, voice=voice)
        return Sending(engine, self._driver, engine.send(account, chat_id, content))

    def _running(self) -> _core.Engine:
        if self._engine is None:
            raise NotRunning("the bot does not run: bot.run_polling(), or await bot.start()")
        return self._engine

    # --- Running -------------------------------------------------------------------------------

    def run_polling(self) -> None:
        """Runs the bot until Ctrl-C, SIGTERM or ``zaloxide``'s ``stop``, polling for messages.

        What is under way is finished first, within 8 s; a second signal ends at once. Raises
        :class:`~zaloxide.StartError` and :class:`~zaloxide.EngineFailed`.
        """
        if self._plan.webhooks:
            raise StartError("webhook_url is set: run() takes webhooks, run_polling() polls")
        self.run()

    def run(self) -> None:
        """The same, whether by polling or, with ``webhook_url``, by a listener of its own at
        ``webhook={"listen": "127.0.0.1:8787"}``."""
        import asyncio

        if not log.handlers and not logging.getLogger().handlers:
            # Pairing codes are in the log: without a reader nobody would see them.
            log.addHandler(logging.StreamHandler())
            log.setLevel(logging.INFO)
        asyncio.run(self.serve())

    async def serve(self) -> None:
        """The same in a loop that runs already."""
        import asyncio
        import signal

        loop = asyncio.get_running_loop()
        wanted = asyncio.Event()

        def stop() -> None:
            if wanted.is_set() and self._engine is not None:
                self._engine.stop()
            wanted.set()

        watched: list[signal.Signals] = []
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                try:
                    loop.add_signal_handler(number, stop)
                    watched.append(number)
                except NotImplementedError:
                    # There Ctrl-C cancels this function, which ends as well.
                    break
        try:
            await self.start()
            await self._until_ended(wanted)
        finally:
            for number in watched:
                loop.remove_signal_handler(number)

    async def _until_ended(self, wanted: asyncio.Event) -> None:
        """Waits until somebody wants the end or the engine comes to its own, then stops."""
        import asyncio

        driver = self._driver
        assert driver is not None
        ways = [asyncio.ensure_future(event.wait()) for event in (wanted, driver.ended)]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await self.stop()

    async def start(self, *, mounted: bool = False) -> None:
        """Starts the bot in the running loop and returns. :meth:`stop` ends it.

        ``mounted``: webhooks come through :meth:`asgi` or :meth:`wsgi`, not through a listener.
        Raises :class:`~zaloxide.StartError`.
        """
        import asyncio

        from ._driver import Driver

        if self._engine is not None:
            raise StartError("the bot runs already")
        loop = asyncio.get_running_loop()
        engine = await loop.run_in_executor(None, lambda: self._start_engine(mounted))
        self._engine = engine
        driver = self._driver = Driver(self, engine)
        try:
            for hook in self._on_startup:
                await driver.call(hook)
        except BaseException:
            await self._end()
            raise
        driver.release()

    def _start_engine(self, mounted: bool) -> _core.Engine:
        return _core.start(
            self._plan,
            durable=self._durable,
            stickers=self._hears("sticker"),
            voices=self._hears("voice"),
            mounted=mounted,
            local=self._local,
            level=log.getEffectiveLevel(),
        )

    async def stop(self) -> None:
        """Ends the bot: what is under way is finished first, within 8 s.

        Raises :class:`~zaloxide.EngineFailed` if it had ended by itself because it could not go on.
        """
        driver = self._driver
        if driver is None:
            return
        for hook in self._on_shutdown:
            try:
                await driver.call(hook)
            except Exception:
                log.exception("a hook for the end failed")
        await self._end()

    async def _end(self) -> None:
        import asyncio

        engine, driver = self._engine, self._driver
        if engine is None or driver is None:
            return
        loop = asyncio.get_running_loop()
        engine.stop() if not driver.ended.is_set() else None
        ended = None
        while ended is None:
            ended = await loop.run_in_executor(None, engine.wait, 1000)
        await driver.close()
        self._engine = self._driver = None
        cut_short, failed = ended
        if failed is not None:
            raise EngineFailed(failed)
        if cut_short:
            log.warning("cut short, with work under way: %s", ", ".join(cut_short))

    async def __aenter__(self) -> Bot:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def start_background(self, *, mounted: bool = False) -> None:
        """Starts the bot in a loop and thread of its own, and returns. :meth:`close` ends it."""
        import asyncio
        import atexit

        with self._lock:
            if self._background is not None:
                return
            started = threading.Event()
            failed: list[BaseException] = []

            async def live() -> None:
                wanted = asyncio.Event()
                loop = asyncio.get_running_loop()
                self._wish = lambda: loop.call_soon_threadsafe(wanted.set)
                try:
                    await self.start(mounted=mounted)
                except BaseException as error:
                    failed.append(error)
                    return
                finally:
                    started.set()
                await self._until_ended(wanted)

            def run() -> None:
                try:
                    asyncio.run(live())
                except EngineFailed as error:
                    log.error("%s", error)

            thread = threading.Thread(target=run, name="zaloxide", daemon=True)
            thread.start()
            started.wait()
            if failed:
                thread.join()
                raise failed[0]
            self._background = thread
            atexit.register(self.close)

    def close(self) -> None:
        """Ends what :meth:`start_background` started, and waits for it."""
        import atexit

        thread = self._background
        if thread is None:
            return
        with contextlib.suppress(RuntimeError):
            # Its loop may have ended already.
            self._wish()
        thread.join()
        self._background = None
        atexit.unregister(self.close)

    # --- In a server of yours ------------------------------------------------------------------

    def asgi(self) -> Asgi:
        """An ASGI app that takes this bot's webhooks, for uvicorn, or to be mounted.

        It has a lifespan; mounted in an app whose own lifespan does not start the bot, it starts
        with the first request. Of several workers the first owns the account, the others hand over.
        """
        from ._web import Asgi

        return Asgi(self)

    def lifespan(self, app: object = None) -> AbstractAsyncContextManager[None]:
        """The lifespan of an app that mounts :meth:`asgi`: ``FastAPI(lifespan=bot.lifespan)``."""
        from contextlib import asynccontextmanager

        @asynccontextmanager
        async def live() -> AsyncGenerator[None, None]:
            await self.start(mounted=True)
            try:
                yield
            finally:
                await self.stop()

        return live()

    def wsgi(self, app: Callable[..., Any] | None = None) -> Wsgi:
        """A WSGI app that takes this bot's webhooks and passes everything else on to ``app``:
        ``flask_app.wsgi_app = bot.wsgi(flask_app.wsgi_app)``. It starts the bot in a thread, with
        the first request or by :meth:`start_background`."""
        from ._web import Wsgi

        return Wsgi(self, app)
