"""OpenClaw's own gateway with its published Zalo channel, unchanged, against the emulator.

`ZALO_API_URL` is the one thing it is told. It polls, meets a stranger, sends a pairing code; the
operator approves by its command line; a message is sent from there too, and an error shown.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

from emulator import TOKEN, Checks, emulator

check = Checks("openclaw")
modules = os.path.join(sys.argv[1], "npm", "node_modules")


def settings(port):
    return {
        "gateway": {"mode": "local", "port": port, "auth": {"mode": "token", "token": "local"}},
        "plugins": {
            "load": {"paths": [os.path.join(modules, "@openclaw", "zalo")]},
            "entries": {"zalo": {"enabled": True}},
        },
        "channels": {"zalo": {"enabled": True, "botToken": TOKEN, "dmPolicy": "pairing"}},
    }


def method(name):
    return lambda call: call["method"] == name


def converse(platform, openclaw):
    platform.wait_for_call(method("getUpdates"), 120)
    asked = [call["method"] for call in platform.calls()]
    check.that("it starts with getMe and polls", asked[0] == "getMe", asked)

    sent = platform.control("users/an/messages", {"text": "xin chào", "name": "An"})
    check.that("a stranger's message finds its poll", sent == {"delivered": True}, sent)
    told = platform.wait_for_call(method("sendMessage"))
    code = re.search(r"\b[A-Z2-9]{8}\b", told["params"]["text"])
    check.that("the stranger is told a code", told["params"]["chat_id"] == "an" and code, told)

    approved = openclaw("pairing", "approve", "zalo", code.group())
    check.that("the operator approves it", approved.returncode == 0, approved)

    message = ("message", "send", "--channel", "zalo", "--target", "an", "--message")
    before = told["n"]
    done = openclaw(*message, "từ dòng lệnh")
    call = platform.wait_for_call(method("sendMessage"), since=before)
    right = done.returncode == 0 and call["params"]["text"] == "từ dòng lệnh"
    check.that("a message goes out", right, (done, call))
    check.that("it shows the id it was given", call["response"]["result"]["message_id"] in done.stdout, done)

    platform.control("faults", {"method": "sendMessage", "kind": "quota_429", "times": 9})
    refused = openclaw(*message, "không đi")
    right = refused.returncode != 0 and "Quota exceeded" in refused.stdout + refused.stderr
    check.that("an error is shown in the platform's words", right, refused)


with tempfile.TemporaryDirectory() as home, emulator() as platform:
    # A port of its own in a network of its own.
    with open(os.path.join(home, "openclaw.json"), "w") as file:
        json.dump(settings(18789), file)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "OPENCLAW_STATE_DIR": home,
        "ZALO_API_URL": platform.url,
        "NO_COLOR": "1",
    }
    program = ["node", os.path.join(modules, "openclaw", "openclaw.mjs")]
    log = os.path.join(sys.argv[1], "openclaw-gateway.log")

    def openclaw(*arguments):
        command = [*program, *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)

    with open(log, "w") as output:
        gateway = subprocess.Popen([*program, "gateway", "run"], env=env, stdout=output, stderr=output)
        try:
            converse(platform, openclaw)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            check.that(f"it goes on (its log: {log})", False, error)
        finally:
            gateway.terminate()
            try:
                gateway.wait(timeout=20)
            except subprocess.TimeoutExpired:
                gateway.kill()
                gateway.wait()
