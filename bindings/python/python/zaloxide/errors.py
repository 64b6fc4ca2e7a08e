"""All exceptions of the package. Each is a :class:`ZaloxideError`; no message holds a secret."""

from __future__ import annotations


class ZaloxideError(Exception):
    """Whatever this package raises."""


class BadValue(ZaloxideError, ValueError):
    """A value of a kind or form that can't be used. The message says what was expected."""


class ConfigError(ZaloxideError, ValueError):
    """A configuration that can't be used. The message has every problem of it, and what to do."""


class Refused(ZaloxideError):
    """A request that was not taken: there is no room for it, or it makes no sense now.

    ``kind`` says which for programs, such as ``busy``, ``stopped``, ``unknown_code``.
    """

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class Damaged(ZaloxideError):
    """A journal that can't be restored. ``kind``: ``gap``, ``contradiction`` or ``other_bot``."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class StartError(ZaloxideError):
    """A bot that can't be started: its state, its port or its account can't be had."""


class AlreadyRunning(StartError):
    """Another process runs this bot on the same state directory."""


class NotRunning(ZaloxideError, RuntimeError):
    """Something was asked of a bot that does not run."""


class SendFailed(ZaloxideError):
    """A message that Zalo did not take, or not all of it.

    ``index`` is the chunk it ended at, from 0; ``code`` Zalo's error code or the HTTP status, 0
    without an answer; ``sent`` the ids of the messages that did arrive.
    """

    def __init__(
        self, message: str, index: int = 0, code: int = 0, sent: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.index = index
        self.code = code
        self.sent = sent


class NoAnswer(ZaloxideError, TimeoutError):
    """There is no answer yet. It may still come: what was asked for goes on."""


class ForkedError(ZaloxideError, RuntimeError):
    """The bot was made before ``fork``. Its threads live in the parent: make one in the child."""


class EngineFailed(ZaloxideError):
    """A running bot that could not go on: its state was taken over, or the disk failed."""
