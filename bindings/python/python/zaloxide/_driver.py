"""`Driver`: pulls turns into an event loop, has handlers called, and hands their answers back."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import _core
from .turn import Turn

if TYPE_CHECKING:
    from .bot import Bot
    from .handlers import Handler

log = logging.getLogger("zaloxide")

# How many things are pulled before other callbacks of the loop get their turn.
AT_ONCE = 64


class Driver:
    """One for each bot that runs, in the loop that it was made in."""

    def __init__(self, bot: Bot, engine: _core.Engine) -> None:
        self.bot = bot
        self.engine = engine
        self.loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        self.threads = Threads(bot.threads)
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._told: dict[int, asyncio.Future[None]] = {}
        # Turns that came before the hooks for the start were done.
        self._held: list[Turn] | None = []
        self._descriptor = engine.fileno()
        try:
            self.loop.add_reader(self._descriptor, self._pull)
            self._thread = None
        except NotImplementedError:
            # A loop that watches no descriptors.
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()

    def release(self) -> None:
        """The hooks for the start are done: turns reach their handlers."""
        held, self._held = self._held, None
        for turn in held or ():
            self._begin(turn)

    def told(self, number: int) -> asyncio.Future[None]:
        """Done once something has come under this number."""
        found = self._told.get(number)
        if found is None:
            found = self._told[number] = self.loop.create_future()
        return found

    async def close(self) -> None:
        """Calls no more handlers. Those that run are cancelled, threads are left to end."""
        self._stop_watching()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.threads.close()
        for future in self._told.values():
            future.cancel()
        _show_lines()

    def _stop_watching(self) -> None:
        if self._thread is None and self._descriptor >= 0:
            self.loop.remove_reader(self._descriptor)
            self._descriptor = -1

    def _watch(self) -> None:
        while (pulled := self.engine.next(1000)) is None or pulled[0] != _core.ENDED:
            if pulled is not None:
                self.loop.call_soon_threadsafe(self._take, pulled)
        self.loop.call_soon_threadsafe(self.ended.set)

    def _pull(self) -> None:
        for _ in range(AT_ONCE):
            pulled = self.engine.next(0)
            if pulled is None:
                return
            self._take(pulled)
            if pulled[0] == _core.ENDED:
                return

    def _take(self, pulled: tuple[Any, ...]) -> None:
        match pulled:
            case (_core.TURN, envelope, deadline):
                turn = Turn(self.engine, envelope, deadline)
                if self._held is None:
                    self._begin(turn)
                else:
                    self._held.append(turn)
            case (_core.TOLD, 0):
                _show_lines()
            case (_core.TOLD, number):
                future = self._told.pop(number, None)
                if future is not None and not future.done():
                    future.set_result(None)
            case (_core.ABANDONED, turn, attempt):
                task = self._tasks.get((turn, attempt))
                if task is not None:
                    task.cancel()
            case _:
                self._stop_watching()
                self.ended.set()

    def _begin(self, turn: Turn) -> None:
        try:
            handler = self.bot._handler(turn)
        except Exception as error:
            self._fail(turn, error)
            log.exception("a filter failed")
            return
        if handler is None:
            self._answer(turn)
        elif handler.is_async:
            task = self.loop.create_task(self._call(turn, handler))
            key = (turn.id, turn.attempt)
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        else:
            self.threads.submit(lambda: self._call_in_thread(turn, handler))

    async def _call(self, turn: Turn, handler: Handler) -> None:
        try:
            await handler.function(turn)
        except asyncio.CancelledError as error:
            self._fail(turn, error)
        except Exception as error:
            await self._failed(turn, error)
        else:
            self._answer(turn)

    def _call_in_thread(self, turn: Turn, handler: Handler) -> None:
        try:
            handler.function(turn)
        except BaseException as error:
            # Also an exit: it would end this thread alone, and the turn would wait for ever.
            asyncio.run_coroutine_threadsafe(self._failed(turn, error), self.loop)
        else:
            self._answer(turn)

    def _answer(self, turn: Turn) -> None:
        turn._over = True
        parts = turn._parts
        try:
            self.engine.answer(turn.id, turn.attempt, parts)
        except Exception as error:
            log.error("the answer to %r can't be sent: %s", turn, error)
            self._fail(turn, error)

    def _fail(self, turn: Turn, error: BaseException) -> None:
        turn._over = True
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        self.engine.fail(turn.id, turn.attempt, reason)

    async def _failed(self, turn: Turn, error: BaseException) -> None:
        try:
            if self.bot._on_error is None:
                log.error("a handler failed at %r", turn, exc_info=error)
            else:
                await self.call(self.bot._on_error, turn, error)
        except Exception:
            log.exception("the error handler failed at %r", turn)
        finally:
            self._fail(turn, error)

    async def call(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Calls a function, or awaits it."""
        result = function(*arguments)
        if hasattr(result, "__await__"):
            await result


def _show_lines() -> None:
    for level, text in _core.take_lines():
        log.log(level, "%s", text)


class Threads:
    """Threads for handlers that are plain functions, made when needed. At the end of the process
    they are not waited for: a handler may never return."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made = 0
        self._idle = 0
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def submit(self, job: Callable[[], None]) -> None:
        """Has a thread do it, after those that wait."""
        self._jobs.put(job)
        with self._lock:
            if self._idle >= self._jobs.qsize() or self._made == self._most:
                return
            self._made += 1
            number = self._made
        threading.Thread(target=self._work, name=f"zaloxide-{number}", daemon=True).start()

    def close(self) -> None:
        """No more will come."""
        for _ in range(self._made):
            self._jobs.put(None)

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            job = self._jobs.get()
            with self._lock:
                self._idle -= 1
            if job is None:
                return
            job()


