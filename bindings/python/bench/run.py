"""Prints what the package costs, beside python-zalo-bot with the same local Zalo.

    python bench/run.py [--messages N] [--wheel FILE] [--rounds N]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from zaloxide.testing import Zalo

HERE = Path(__file__).parent
USERS = 50
# The local Zalo keeps so many for a poll, and no more.
WAITING_MAX = 200


def one(name, messages):
    """CPU milliseconds a turn, and turns a second."""
    with Zalo() as zalo, tempfile.TemporaryDirectory() as state:
        command = [sys.executable, HERE / "bots.py", name, zalo.url, str(messages)]
        environment = {**os.environ, "ZALOXIDE_STATE_DIR": state}
        bot = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            zalo.wait_for_poll()
            users = [zalo.user(f"u{n}") for n in range(USERS)]
            answered = threading.Semaphore(WAITING_MAX)

            def write():
                for n in range(messages):
                    assert answered.acquire(timeout=60)
                    users[n % USERS].sends(f"message {n}")

            def read():
                since = 0
                for _ in range(messages):
                    since = zalo.wait_for_call("sendMessage", since=since)["n"]
                    answered.release()

            threads = [threading.Thread(target=part) for part in (write, read)]
            for thread in threads:
                thread.start()
            lines = [bot.stdout.readline().split() for _ in range(2)]
            (began, first), (ended, last) = [map(float, line) for line in lines]
            for thread in threads:
                thread.join()
        finally:
            bot.kill()
            bot.wait()
            bot.stdout.close()
    return (ended - began) * 1000 / (messages - 1), (messages - 1) / (last - first)


def imported(module):
    """Milliseconds that an import takes more than a bare start."""

    def once(code):
        script = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        return float(done.stdout) * 1000

    return min(once(module) for _ in range(7))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--messages", type=int, default=1_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--wheel", type=Path)
    arguments.add_argument("--json", action="store_true", help="a figure a line, for programs")
    chosen = arguments.parse_args()

    rows = []
    medians = {}
    for name in ("zaloxide", "zaloxide-sqlite", "python-zalo-bot"):
        rounds = [one(name, chosen.messages) for _ in range(chosen.rounds)]
        cpu, rate = (statistics.median(each) for each in zip(*rounds))
        medians[name] = cpu, rate
        rows += [(f"{name}: CPU a turn", f"{cpu:.2f} ms"), (f"{name}: turns a second", f"{rate:.0f}")]
    (cpu, rate), (their_cpu, their_rate) = medians["zaloxide"], medians["python-zalo-bot"]
    rows += [
        ("CPU of python-zalo-bot's (goal: at most 0.5)", f"{cpu / their_cpu:.2f}"),
        ("throughput of python-zalo-bot's (goal: at least 3)", f"{rate / their_rate:.1f}"),
    ]
    core = subprocess.run([sys.executable, HERE / "core.py"], capture_output=True, text=True)
    alone, whole = json.loads(core.stdout)
    rows += [
        ("Channel.handle (goal: at most 3)", f"{alone:.1f} µs"),
        ("the same with its actions (goal: at most 10)", f"{whole:.1f} µs"),
        ("import zaloxide", f"{imported('import zaloxide'):.0f} ms"),
        ("from zaloxide import Bot (goal: under 30)", f"{imported('from zaloxide import Bot'):.0f} ms"),
    ]
    if chosen.wheel:
        rows.append(("the wheel (goal: under 10)", f"{chosen.wheel.stat().st_size / 1e6:.1f} MB"))
    if chosen.json:
        of = {"of": "python-zalo-bot"}
        figures = [
            {"name": "python/cpu", "value": cpu, "unit": "ms", **of, "ratio": cpu / their_cpu},
            {"name": "python/rate", "value": rate, "unit": "1/s", **of, "ratio": rate / their_rate},
            {"name": "python/handle", "value": alone, "unit": "us"},
            {"name": "python/handle with actions", "value": whole, "unit": "us"},
        ]
        print("\n".join(map(json.dumps, figures)))
        return
    for what, number in rows:
        print(f"{what:<52} {number:>10}")


if __name__ == "__main__":
    main()
