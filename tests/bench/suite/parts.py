"""Parts: each measures something and gives figures: `{name, value, unit}`, perhaps `of` and `ratio`.

Most are programs of this repository that print a figure a line after `--json`.
"""

import json
import re
import shutil
import subprocess
import time
import venv

from .place import OUT, PEERS, ROOT, TARGET

# Far more than any of them takes.
BOUND_SEC = 1_800


def lines(*command, **options):
    """The figures that a program prints. What it says to people goes on to them."""
    options.setdefault("cwd", ROOT)
    command = [str(word) for word in command]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=BOUND_SEC, check=True, **options
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run(*command, **options):
    """A program whose success is all that matters."""
    options.setdefault("cwd", ROOT)
    command = [str(word) for word in command]
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=BOUND_SEC, check=True, **options)


def missing(name, why):
    """A peer that can't be had here."""
    return [{"name": name, "value": None, "unit": "", "missing": why}]


def bench(package, name, *features):
    command = ["cargo", "bench", "--locked", "--quiet", "--package", package, "--bench", name]
    return lines(*command, *features, "--", "--json")


def core():
    benches = ("handle", "codec", "restore", "chunks", "growth")
    return [figure for name in benches for figure in bench("zaloxide-core", name)]


def store():
    return bench("zaloxide-store", "durable", "--features", "sqlite")


def trip():
    run("cargo", "build", "--release", "--locked", "--quiet")
    program = TARGET / "release/zaloxide"
    size = {"name": "program/size", "value": program.stat().st_size / 1e6, "unit": "MB"}
    package = ["--package", "zaloxide-bench"]
    return [size, *lines("cargo", "run", "--release", "--locked", "--quiet", *package, "--", "--json")]


def webhook():
    package = ["--package", "zaloxide-bench-webhook"]
    run("cargo", "build", "--release", "--locked", "--quiet", *package)
    program = TARGET / "release/zaloxide-bench-webhook"
    words = ("cost", "connections", "durable", "accounts", "chats", "attack")
    return [figure for word in words for figure in lines(program, "--json", word)]


def environment(*wants):
    """A Python of its own with these packages; `None` if they can't be had."""
    place = OUT / "python"
    python = place / "bin/python"
    if not python.exists():
        venv.create(place, with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wants]
    try:
        run(*install)
    except subprocess.CalledProcessError:
        return None
    return python


def python():
    wheel = environment(ROOT / "bindings/python", "python-zalo-bot==0.1.9")
    if not wheel:
        why = "the package or python-zalo-bot could not be installed"
        return missing("python/cpu", why) + missing("python/rate", why)
    return lines(wheel, ROOT / "bindings/python/bench/run.py", "--json")


def node():
    package = ROOT / "bindings/node"
    if not any((package / "native").glob("*.node")):
        run("npm", "install", "--no-audit", "--no-fund", cwd=package)
    return lines("node", package / "bench/run.mjs", "--json", cwd=package)


def servers():
    """Bare servers of other languages, under the load that ours is under."""
    program = TARGET / "release/zaloxide-bench-webhook"
    figures = []
    uvicorn = environment("uvicorn==0.38.0", "httptools==0.7.1", "uvloop==0.22.1")
    if uvicorn:
        figures += lines(program, "--json", "peer", "bare ASGI", uvicorn, PEERS / "asgi.py")
    else:
        figures += missing("peer/bare ASGI/rate", "uvicorn could not be installed")
    figures += lines(program, "--json", "peer", "bare node:http", "node", PEERS / "server.mjs")
    return figures


def chunkers():
    """How fast packages that people use cut the text that ours cuts."""
    python = environment("langchain-text-splitters==1.0.0", "semantic-text-splitter==0.28.0")
    if not python:
        return missing("chunks/peers", "the splitters could not be installed")
    return lines(python, PEERS / "chunkers.py")


def hello():
    """How long the README's bot takes to build in an empty project, once its crates are there."""
    place = OUT / "hello"
    shutil.rmtree(place, ignore_errors=True)
    (place / "src").mkdir(parents=True)
    code = re.search(r"```rust,no_run\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    (place / "src/main.rs").write_text(code.group(1))
    gateway = ROOT / "adapters/gateway"
    (place / "Cargo.toml").write_text(
        '[package]\nname = "hello-bot"\nversion = "0.0.0"\nedition = "2024"\n'
        f'[dependencies]\nzaloxide = {{ path = "{gateway}" }}\n[workspace]\n'
    )
    shutil.copy(ROOT / "Cargo.lock", place)
    run("cargo", "fetch", "--quiet", cwd=place)
    began = time.monotonic()
    run("cargo", "build", "--quiet", "--offline", "--target-dir", place / "target", cwd=place)
    return [{"name": "hello/cold build", "value": time.monotonic() - began, "unit": "s"}]


PARTS = {
    "hello": hello,
    "core": core,
    "store": store,
    "trip": trip,
    "webhook": webhook,
    "servers": servers,
    "chunkers": chunkers,
    "python": python,
    "node": node,
}
