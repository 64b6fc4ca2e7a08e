"""Bots as processes: killed, interrupted, forked, two of them."""

import os
import signal

import pytest
from servers import Program

from zaloxide import AlreadyRunning

SCRIPT = """
import os, signal, sys
from zaloxide import Bot

bot = Bot(
    "1000000000000000001:emulator-only-no-secret",
    api_url=os.environ["API"],
    state_dir=os.environ["STATE"],
    dm_policy="open",
    allow_from=["*"],
)


@bot.on_text
async def answer(turn):
    print("asked", turn.id, turn.attempt, flush=True)
    if turn.text == "die" and turn.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    await turn.reply(f"attempt {turn.attempt}")


@bot.on_startup
def started():
    print("started", flush=True)


@bot.on_shutdown
async def stopped():
    print("stopped", flush=True)


bot.run_polling()
print("bye", flush=True)
"""


@pytest.fixture
def program(zalo, tmp_path):
    script = tmp_path / "bot.py"
    script.write_text(SCRIPT)
    return lambda: Program(script, API=zalo.url, STATE=str(tmp_path / "state"))


def test_after_a_kill_the_same_turn_comes_again(zalo, program):
    an = zalo.user("an")
    with program() as bot:
        bot.says("started")
        an.sends("die")
        turn = bot.says("asked").split()
        assert bot.process.wait(30) == -signal.SIGKILL
    with program() as bot:
        again = bot.says("asked").split()
        assert (again[1], again[2]) == (turn[1], "2")
        assert an.receives().text == "attempt 2"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(zalo, program, number):
    with program() as bot:
        bot.says("started")
        zalo.wait_for_poll()
        assert bot.ends(number) == 0
        bot.says("stopped")
        bot.says("bye")


def test_a_second_bot_on_the_same_state_is_told_so(zalo, program, tmp_path):
    with program() as bot:
        bot.says("started")
        second = zalo.bot(state_dir=tmp_path / "state", store="sqlite")
        with pytest.raises(AlreadyRunning, match="another gateway"):
            second.start_background()
        assert not second.is_running


FORK = """
import os, sys
from zaloxide import ForkedError
from zaloxide.testing import Zalo

zalo = Zalo()
bot = zalo.bot()
bot.start_background()
child = os.fork()
if child == 0:
    code = 1
    try:
        bot.send("an", "hello")
    except ForkedError as error:
        code = 0 if "make the Bot in the child" in str(error) else 2
    # What is left of it goes without a word, and the interpreter ends as ever.
    bot._engine = bot._driver = None
    os._exit(code)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert len(bot.send("an", "hello").result()) == 1
bot.close()
zalo.stop()
print("whole", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_of_fork_is_told_and_touches_nothing(tmp_path):
    script = tmp_path / "fork.py"
    script.write_text(FORK)
    with Program(script) as program:
        program.says("whole")
        assert program.process.wait(30) == 0


BARE = "examples/bare.py"


def test_the_bare_core_answers_with_urllib_alone(zalo):
    from pathlib import Path

    from zaloxide.testing import TOKEN

    script = Path(__file__).parents[1] / BARE
    lines = [line for line in script.read_text().splitlines() if line]
    assert len(lines) <= 40
    with Program(script, ZALO_API_URL=zalo.url, ZALO_BOT_TOKEN=TOKEN):
        an = zalo.user("an")
        an.sends("Xin chào")
        assert an.receives().text == "Xin chào"
