"""Servers and programs for tests: each is awaited by what it says, and ended."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

SECRET = "a-long-random-secret"
WEBHOOK = {"webhook_url": "https://bot.example.com/zalo", "webhook_secret": SECRET}
# No proxy may stand between two programs on one machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def listener():
    """A socket that listens on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


def post(url, body=b"{}", secret=SECRET, **headers):
    """The status and text of an answer."""
    headers = {"X-Bot-Api-Secret-Token": secret, "Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, body, headers)
    try:
        with OPENER.open(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@contextlib.contextmanager
def uvicorn_at(listening, app):
    """An ASGI app, served in a thread."""
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", lifespan="auto")
    server = uvicorn.Server(config)
    # Not the main thread: it must not watch signals.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


@contextlib.contextmanager
def wsgi_at(listening, app):
    """A WSGI app, served by werkzeug in a thread."""
    from werkzeug.serving import make_server

    port = listening.getsockname()[1]
    server = make_server("127.0.0.1", port, app, threaded=True, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()
        listening.close()


class Program:
    """A Python program. What it prints is read line by line."""

    def __init__(self, script, *arguments, **environment):
        command = [sys.executable, "-u", str(script), *map(str, arguments)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
        )

    def says(self, words):
        """Reads on to the line that has these words; the line."""
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if words in line:
                return line.strip()
        raise AssertionError(f"it ended without {words!r}: {''.join(seen)}")

    def ends(self, number=signal.SIGINT):
        """Sends a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
