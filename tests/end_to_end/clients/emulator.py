"""Starts an emulator program for a client's test, drives it by its control API, and ends it."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

TOKEN = "1000000000000000001:emulator-only-no-secret"
# No proxy may stand between two programs on one machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Emulator:
    """A running emulator program."""

    def __init__(self, url):
        self.url = url

    def control(self, path, body=None):
        """POSTs `body`, or GETs without one; returns the JSON answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{path}", data=data)
        with OPENER.open(request, timeout=30) as answer:
            return json.load(answer)

    def calls(self, since=0):
        return self.control(f"calls?since={since}")["calls"]

    def wait_for_call(self, wanted, seconds=60, since=0):
        """The first call after number `since` that is as wanted."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for call in self.calls(since):
                if wanted(call):
                    return call
            time.sleep(0.05)
        raise AssertionError(f"no such call in {seconds} s; there were {self.calls()}")


@contextlib.contextmanager
def emulator(*flags):
    """Starts the program that `$ZALOXIDE_EMULATOR` names; ends it on the way out."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = os.path.join(folder, "port")
        command = [*os.environ["ZALOXIDE_EMULATOR"].split(), "--port-file", port_file]
        program = subprocess.Popen([*command, "--token", TOKEN, *flags], stdin=subprocess.PIPE)
        try:
            deadline = time.monotonic() + 30
            while not os.path.exists(port_file):
                assert program.poll() is None, "the emulator ended at its start"
                assert time.monotonic() < deadline, "the emulator does not listen"
                time.sleep(0.02)
            with open(port_file) as file:
                yield Emulator(f"http://127.0.0.1:{int(file.read())}")
        finally:
            program.terminate()
            program.wait(timeout=10)


class Checks:
    """Prints each check as it passes; ends the program with 1 after the first that fails."""

    def __init__(self, client):
        self.client = client

    def that(self, what, holds, seen=None):
        if not holds:
            print(f"FAILED {self.client}: {what}; seen: {seen!r}", flush=True)
            sys.exit(1)
        print(f"ok {self.client}: {what}", flush=True)
