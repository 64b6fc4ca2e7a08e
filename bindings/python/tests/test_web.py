"""Webhooks: in uvicorn, FastAPI and Flask, and by a listener of the bot's own."""

import asyncio
import contextlib
import json
import shutil
import ssl
import subprocess
import sys

import pytest
from servers import SECRET, WEBHOOK, Program, listener, post, uvicorn_at, wsgi_at

from zaloxide import Bot, StartError
from zaloxide.testing import TOKEN, Zalo


@contextlib.contextmanager
def zalo_for(listening):
    """A Zalo that delivers to whoever listens there."""
    with Zalo(deliver_to=f"http://127.0.0.1:{listening.getsockname()[1]}") as zalo:
        yield zalo


def echo(zalo, **keys):
    bot = zalo.bot(**WEBHOOK, **keys)

    @bot.on_text
    async def answer(turn):
        await turn.reply(f"Bạn nói: {turn.text}")

    return bot


def converse(zalo):
    assert zalo.wait_for_call("setWebhook")["response"]["result"]["verification"]["ok"]
    an = zalo.user("an", name="An")
    assert an.sends("Xin chào") == "delivered"
    assert an.receives().text == "Bạn nói: Xin chào"


def test_asgi_under_uvicorn_with_its_lifespan():
    listening = listener()
    with zalo_for(listening) as zalo:
        bot = echo(zalo)
        with uvicorn_at(listening, bot.asgi()):
            converse(zalo)
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            assert post(f"{url}/zalo", b"[]")[0] == 400
            assert post(f"{url}/zalo", b'{"x":1}', secret="guess")[0] == 401
            assert post(f"{url}/else")[0] == 404
            assert post(f"{url}/zalo/?x=1", b"")[0] == 200
            assert post(f"{url}/zalo", b" " * ((1 << 20) + 1))[0] == 413
            assert post(f"{url}/zalo", b"{}", **{"Content-Type": "text/plain"})[0] == 415
            # What was delivered already is not handled again.
            shown = str(zalo.calls())
            assert SECRET not in shown
        assert not bot.is_running


@pytest.mark.parametrize(
    ("path", "method", "secret", "length", "status"),
    [
        ("/else", "POST", SECRET, 9, 404),
        ("/zalo", "PUT", SECRET, 9, 405),
        ("/zalo", "POST", "guess", 3000, 401),
        ("/zalo", "POST", SECRET, 0, 200),
        ("/zalo", "POST", SECRET, (1 << 20) + 1, 413),
    ],
)
def test_no_body_is_waited_for_that_is_not_wanted(path, method, secret, length, status):
    """Nothing of the body ever comes, in a server that hands it on as it arrives."""
    headers = {
        "x-bot-api-secret-token": secret,
        "content-type": "application/json",
        "content-length": str(length),
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent = []

    async def receive():
        await asyncio.Event().wait()

    async def send(part):
        sent.append(part)

    async def ask(bot):
        async with bot.lifespan():
            await bot.asgi()(scope, receive, send)

    with Zalo() as zalo:
        asyncio.run(ask(echo(zalo)))
    assert sent[0]["status"] == status


def test_of_a_body_that_is_not_wanted_little_is_thrown_away():
    taken = 0

    class Endless:
        def read(self, most):
            nonlocal taken
            taken += most
            return b" " * most

    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/zalo",
        "HTTP_X_BOT_API_SECRET_TOKEN": "guess",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": "application/json",
        "wsgi.input": Endless(),
    }
    lines = []
    with Zalo() as zalo:
        bot = echo(zalo)
        bot.wsgi()(environ, lambda line, headers: lines.append(line))
        bot.close()
    assert lines == ["401 Unauthorized"]
    assert taken < 3 << 20


def test_a_body_comes_in_pieces_or_breaks_off():
    def scope(length):
        headers = {"x-bot-api-secret-token": SECRET, "content-type": "application/json"}
        headers["content-length"] = str(length)
        shown = [(name.encode(), value.encode()) for name, value in headers.items()]
        return {"type": "http", "method": "POST", "path": "/zalo", "headers": shown}

    def statuses(*parts):
        coming, sent = list(parts), []

        async def receive():
            return coming.pop(0)

        async def send(part):
            sent.append(part)

        return receive, send, sent

    more = {"type": "http.request", "body": b"[", "more_body": True}
    last = {"type": "http.request", "body": b"]"}

    async def ask(bot):
        async with bot.lifespan():
            app, seen = bot.asgi(), []
            for parts in ([more, last], [more, {"type": "http.disconnect"}]):
                receive, send, sent = statuses(*parts)
                await app(scope(2), receive, send)
                seen.append(sent[1]["body"])
            return seen

    with Zalo() as zalo:
        assert asyncio.run(ask(echo(zalo))) == [b"no JSON object\n", b"the body broke off\n"]


def test_fastapi_with_its_lifespan():
    fastapi = pytest.importorskip("fastapi")
    listening = listener()
    with zalo_for(listening) as zalo:
        bot = echo(zalo)
        app = fastapi.FastAPI(lifespan=bot.lifespan)
        @app.get("/")
        async def shop():
            return "a shop"

        app.mount("/", bot.asgi())

        with uvicorn_at(listening, app):
            converse(zalo)
            assert post(f"http://127.0.0.1:{listening.getsockname()[1]}/zalo", b"[]")[0] == 400


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mounted_without_a_lifespan_it_starts_with_the_first_request():
    fastapi = pytest.importorskip("fastapi")
    listening = listener()
    with zalo_for(listening) as zalo:
        bot = echo(zalo)
        app = fastapi.FastAPI()
        app.mount("/", bot.asgi())

        @app.on_event("shutdown")
        async def stop():
            await bot.stop()

        with uvicorn_at(listening, app):
            assert not bot.is_running
            assert post(f"http://127.0.0.1:{listening.getsockname()[1]}/zalo", b"[]")[0] == 400
            assert bot.is_running
            converse(zalo)


def test_flask():
    flask = pytest.importorskip("flask")
    listening = listener()
    with zalo_for(listening) as zalo:
        bot = echo(zalo)
        app = flask.Flask("shop")
        app.wsgi_app = bot.wsgi(app.wsgi_app)

        @app.post("/")
        def shop():
            return "a shop"

        with wsgi_at(listening, app):
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            assert post(url) == (200, "a shop") and not bot.is_running
            bot.start_background(mounted=True)
            converse(zalo)
            assert post(f"{url}/zalo", b"[]")[0] == 400
            assert post(f"{url}/zalo", b"{}", secret="guess")[0] == 401
            bot.close()


def test_a_listener_of_its_own():
    listening = listener()
    with zalo_for(listening) as zalo:
        host, port = listening.getsockname()
        listening.close()
        bot = echo(zalo, webhook={"listen": f"{host}:{port}"})
        with pytest.raises(StartError, match="webhook_url is set"):
            bot.run_polling()
        with zalo.runs(bot):
            converse(zalo)


def test_certificates_are_read_again(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make += ["-nodes", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(make, check=True, capture_output=True)
    file = tmp_path / "zaloxide.json5"
    with Zalo() as zalo:
        tls = {"cert": str(cert), "key": str(key)}
        keys = {"botToken": TOKEN, "apiUrl": zalo.url, "webhookSecret": SECRET}
        keys["webhookUrl"] = WEBHOOK["webhook_url"]
        keys["webhook"] = {"listen": "127.0.0.1:0", "tls": tls}
        file.write_text(json.dumps({"channels": {"zalo": keys}}))
        bot = Bot.from_config(file, store=None, state_dir=tmp_path / "state")
        with zalo.runs(bot):
            address = bot._engine.addresses()[0].rsplit(":", 1)

            def shown():
                return ssl.get_server_certificate((address[0], int(address[1])))

            def reload():
                command = [sys.executable, "-m", "zaloxide", "--state-dir", bot.state_dir]
                done = subprocess.run([*command, "config", "reload"], capture_output=True, text=True)
                return done.returncode, done.stdout

            assert shown() == cert.read_text()
            subprocess.run(make, check=True, capture_output=True)
            assert shown() != cert.read_text()
            assert reload() == (0, "nothing has changed\n")
            assert shown() == cert.read_text()
            cert.write_text("")
            code, said = reload()
            assert code == 1 and said.startswith("failed: webhook.tls: "), said


APP = """
import os
from zaloxide import Bot

bot = Bot(
    "1000000000000000001:emulator-only-no-secret",
    api_url=os.environ["API"],
    state_dir=os.environ["STATE"],
    dm_policy="open",
    allow_from=["*"],
    webhook_url="https://bot.example.com/zalo",
    webhook_secret="a-long-random-secret",
)


@bot.on_text
async def answer(turn):
    await turn.reply(str(os.getpid()))


if __name__ == "__main__":
    import sys

    import uvicorn

    uvicorn.run(bot.asgi(), port=int(sys.argv[1]))
"""


def test_the_first_worker_owns_the_account_and_the_others_hand_over(tmp_path):
    pytest.importorskip("uvicorn")
    script = tmp_path / "app.py"
    script.write_text(APP)
    first, second = listener(), listener()
    ports = [listening.getsockname()[1] for listening in (first, second)]
    first.close()
    second.close()
    # All of Zalo's webhooks come to the second worker.
    with Zalo(deliver_to=f"http://127.0.0.1:{ports[1]}") as zalo:
        environment = {"API": zalo.url, "STATE": str(tmp_path / "state")}
        with Program(script, ports[0], **environment) as owner:
            owner.says("Uvicorn running")
            with Program(script, ports[1], **environment) as guest:
                guest.says("Uvicorn running")
                zalo.wait_for_call("setWebhook")
                an = zalo.user("an")
                assert an.sends("who answers?") == "delivered"
                assert an.receives().text == str(owner.process.pid)
                assert post(f"http://127.0.0.1:{ports[1]}/zalo", b"[]")[0] == 400
                assert post(f"http://127.0.0.1:{ports[1]}/zalo", b"{}", secret="guess")[0] == 401
                owner.process.kill()
                owner.process.wait()
                # Nobody can take this one, and Zalo is told so; the next owner is the other worker.
                assert an.sends("and now?") == "lost"
                assert an.sends("and now?") == "delivered"
                assert an.receives().text == str(guest.process.pid)
                assert guest.ends() == 0
