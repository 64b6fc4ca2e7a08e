"""`Turn`: a message that waits for its answer."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Union

from .errors import BadValue, NotRunning

if TYPE_CHECKING:
    import re

    from . import _core
    from .envelope import Chat, Envelope, Medium, Sender

__all__ = ["Turn", "message"]

Photo = Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]]


def message(
    text: str | None = None,
    *,
    photo: Photo | None = None,
    sticker: str | None = None,
    voice: str | None = None,
) -> dict[str, Any]:
    """One message in the JSON form of a reply. Raises :class:`~zaloxide.BadValue` for nothing."""
    form: dict[str, Any] = {}
    if text is not None:
        form["text"] = str(text)
    if photo is not None:
        photos = [photo] if isinstance(photo, (str, os.PathLike)) else photo
        form["media"] = [os.fspath(each) for each in photos]
    if sticker is not None:
        form["sticker"] = sticker
    if voice is not None:
        form["voice"] = voice
    if not form:
        raise BadValue("nothing to send: give a text, photo=, sticker= or voice=")
    return form


class Ready:
    """Something that is done already: it can be awaited, and need not be."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


READY = Ready()


class Turn:
    """A message that waits for its answer.

    What a handler replies with is gathered, and goes out as one reply when it returns. A handler
    that raises sends nothing, and is called again with the same ``id`` and a higher ``attempt``.
    """

    __slots__ = ("_engine", "_over", "_parts", "args", "deadline_ms", "envelope", "match", "state")

    def __init__(self, engine: _core.Engine, envelope: Envelope, deadline_ms: int) -> None:
        self._engine = engine
        self._parts: list[dict[str, Any]] = []
        self._over = False
        #: All that is known of the message.
        self.envelope = envelope
        #: When the engine gives this attempt up, Unix ms.
        self.deadline_ms = deadline_ms
        #: What the filter ``regex`` found.
        self.match: re.Match[str] | None = None
        #: What stands behind the command that the filter ``command`` found.
        self.args = ""
        #: Yours.
        self.state: Any = None

    @property
    def id(self) -> str:
        """32 hex digits, the same over attempts and restarts: a key to do things once by."""
        return self.envelope.turn

    @property
    def attempt(self) -> int:
        """From 1."""
        return self.envelope.attempt

    @property
    def account(self) -> str:
        """The name of the bot account that was written to."""
        return self.envelope.account

    @property
    def session(self) -> str:
        """The key of the conversation, for a memory of it."""
        return self.envelope.session

    @property
    def text(self) -> str:
        """What was written, a caption too, without the leading mention."""
        return self.envelope.text

    @property
    def body(self) -> str:
        """``text``, with a placeholder a line for media before it."""
        return self.envelope.body

    @property
    def sender(self) -> Sender:
        """Who wrote."""
        return self.envelope.sender

    @property
    def chat(self) -> Chat:
        """Where."""
        return self.envelope.chat

    @property
    def media(self) -> tuple[Medium, ...]:
        """What was attached."""
        return self.envelope.media

    @property
    def kind(self) -> str:
        """``text``, ``image``, ``sticker`` or ``voice``."""
        media = self.envelope.media
        return media[0].kind if media else "text"

    @property
    def is_group(self) -> bool:
        """Whether others read it too."""
        return self.envelope.chat.kind == "group"

    @property
    def message_id(self) -> str | None:
        """Zalo's id of the message, if it had one; of several that are one turn, the first's."""
        return self.envelope.message_id

    @property
    def message_ids(self) -> tuple[str, ...]:
        """Zalo's ids of all messages that are this turn, in order: see ``turn={"debounce_ms": ..}``."""
        return self.envelope.message_ids

    @property
    def timestamp_ms(self) -> int:
        """When it was written, Unix ms."""
        return self.envelope.timestamp_ms

    @property
    def raw(self) -> Any:
        """Zalo's own ``message`` object; ``None`` when it was over 64 KiB."""
        return self.envelope.raw

    def reply(
        self,
        text: str | None = None,
        *,
        photo: Photo | None = None,
        sticker: str | None = None,
        voice: str | None = None,
    ) -> Ready:
        """Adds to the answer, which goes out when the handler returns. It may be awaited.

        ``text`` of any length: it is cut into messages of 2,000 characters, and is the caption of
        the first photo. ``photo``: URLs, or paths under ``media.roots``. ``sticker``: an id.
        ``voice``: a URL that ends in ``.aac``, in private chats alone. Raises
        :class:`~zaloxide.BadValue` for nothing, and :class:`~zaloxide.NotRunning` after the end of
        the handler: then ``bot.send`` is the way.
        """
        if self._over:
            raise NotRunning("the turn is over: send with bot.send(turn.chat.id, ..)")
        self._parts.append(message(text, photo=photo, sticker=sticker, voice=voice))
        return READY

    def typing(self) -> Ready:
        """Shows "is typing" now, and every 4 s from here on unless the config says ``typing: false``.

        It may be awaited. The engine shows it by itself while a handler takes its time.
        """
        if not self._over:
            self._engine.typing(self.account, self.id, self.attempt)
        return READY

    def __repr__(self) -> str:
        return f"<Turn {self.id}, attempt {self.attempt}>"
