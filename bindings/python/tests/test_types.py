"""Types: the package and what a user writes are clean under both checkers; the stubs are true."""

import subprocess
import sys
from pathlib import Path

import pytest

import zaloxide

HERE = Path(__file__).parents[1]
PACKAGE = Path(zaloxide.__file__).parent

USER = '''
from zaloxide import Bot, Channel, Sending, Turn
from zaloxide.actions import Commit, Deliver
from zaloxide.filters import command, group

bot = Bot("1:x", store=None, turn={"timeout_sec": 5})


@bot.on_text
async def answer(turn: Turn) -> None:
    await turn.reply(turn.text, photo=["a.jpg"])
    sending: Sending = bot.send(turn.chat.id, "x")
    ids: list[str] = await sending
    del ids


@bot.on_text(command("a") & ~group())
def plain(turn: Turn) -> None:
    turn.reply(sticker="s")


def drive(channel: Channel) -> int:
    match channel.poll_action():
        case Commit(upto=upto):
            return upto
        case Deliver(envelope=envelope):
            return envelope.timestamp_ms
        case _:
            return 0
'''


def run(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, cwd=HERE, timeout=300
    )
    if f"No module named {command[0]}" in done.stderr:
        pytest.skip(f"{command[0]} is not installed")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def user(tmp_path):
    file = tmp_path / "user.py"
    file.write_text(USER)
    return file


def test_mypy_strict(user):
    # By its name: in a folder of other packages it would seem to shadow some.
    run("mypy", "--strict", "--package", "zaloxide")
    run("mypy", "--strict", str(user))


def test_the_stubs_say_what_is_there():
    run("mypy.stubtest", "zaloxide._core")


def test_pyright_strict(user):
    # It brings its program from a registry when it runs for the first time.
    run("pyright", "--pythonpath", sys.executable, str(PACKAGE), str(user))


def test_everything_that_is_exported_is_there_and_has_words():
    import typing

    for name in zaloxide.__all__:
        value = getattr(zaloxide, name)
        assert name == "__version__" or value.__doc__, name
    assert issubclass(zaloxide.ConfigError, zaloxide.ZaloxideError)
    for name, method in vars(zaloxide.Bot).items():
        if callable(method) and not name.startswith("_"):
            assert method.__doc__, name
    assert typing.get_type_hints(zaloxide.Bot.send)
