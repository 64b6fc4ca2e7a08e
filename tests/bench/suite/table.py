"""The table: which numbers are shown, what each was to be, and whether it is."""

import json
from dataclasses import dataclass

from . import charts
from .place import OUT, ROOT

RESULTS = OUT / "results.json"
README = ROOT / "README.md"
BEGIN = "<!-- The numbers: made by tests/bench/run --readme -->\n"
END = "<!-- End of the numbers -->\n"


@dataclass
class Row:
    """What people read, where the number is, and its goal. `ratio`: of what was measured beside it;
    `why`: what keeps it from its goal, should it miss it."""

    label: str
    name: str
    ratio: bool = False
    at_most: float | None = None
    at_least: float | None = None
    why: str = ""


CHATS = "webhook/10,000 chats, null agent"
ROWS = [
    Row("webhooks in 10,000 chats, 64 connections, store in memory: server time an update, of bare hyper's", f"{CHATS}/cpu", True, at_most=3, why="each update is read, checked, made a turn, handed out and settled, where the bare server does nothing; and a bare server that is asked all it can take is never woken"),
    Row("the same, half as many asked of both as ours can take", "webhook/at one rate/10,000 chats, null agent/cpu", True, at_most=3),
    Row("as many as can be taken, updates a second, of bare hyper's", f"{CHATS}/rate", True, at_least=0.4, why="the same"),
    Row("duplicates: server time, of bare hyper's", "webhook/duplicates/cpu", True, at_most=4),
    Row("denied: server time, of bare hyper's", "webhook/denied/cpu", True, at_most=4),
    Row("webhooks made durable before they are answered, a second, of what the store alone takes", "durable/rate", True, at_least=0.5),
    Row("the same at half of that: 99 % are answered within", "durable/p99 at half load", at_most=20, why="an answer waits for the disk twice: for the transaction under way and for its own"),
    Row("bare ASGI server (uvicorn), requests a second", "peer/bare ASGI/rate"),
    Row("bare node:http server, requests a second", "peer/bare node:http/rate"),
    Row("records made durable a second, of plain inserts in such transactions", "store/appends", True, at_least=0.4),
    Row("a message to its answer, over HTTP, in SQLite", "trip/median", at_most=5),
    Row("start of the program to its first poll", "trip/ready", at_most=100),
    Row("memory of an idle bot", "trip/idle memory", at_most=20),
    Row("memory of 10,000 bots under load", "growth/10000 accounts/memory", at_most=300),
    Row("`message send` through a running gateway", "trip/message send", at_most=100),
    Row("the program", "program/size", at_most=15),
    Row("the Rust bot above, built in an empty project", "hello/cold build", at_most=60, why="a quarter of it is SQLite and the encryption, a third the crates of this repository"),
    Row("an approved sender's text, from bytes to the agent", "core/handle/approved sender's text, parse to Deliver", at_most=5_000, why="the JSON is gone over twice, once to check it and once for its fields, which is two fifths of it"),
    Row("cutting 1 MB of Vietnamese", "chunks/Vietnamese NFC", at_least=50),
    Row("growth: 10,000 accounts, server time of one's", "growth/10000 accounts/cpu", True, at_most=1.3),
    Row("growth: 10,000 chats, server time of one's", "growth/10000 chats/cpu", True, at_most=1.3),
    Row("growth: 1,000,000 approved senders, time an update of one's", "growth/1000000 approved", True, at_most=1.3),
    Row("growth: a text of 10 MB, time a byte of 10 KB's", "growth/10 MB, Vietnamese NFC", True, at_most=1.3),
    Row("Python: CPU a turn, of python-zalo-bot's", "python/cpu", True, at_most=0.5),
    Row("Python: turns a second, of python-zalo-bot's", "python/rate", True, at_least=3),
    Row("Node: webhooks a second, of bare node:http's", "node/memory/rate", True, at_least=0.6, why="a message becomes an object for a handler, whose end goes back, and the thread that does the rest shares two cores with the load"),
    Row("Node: durable webhooks a second, of better-sqlite3's", "node/sqlite/rate", True, at_least=1),
    Row("Node: the event loop's p99 delay, of bare node:http's at the same load", "node/loop/p99", True, at_most=2, why="the loop shares two cores with the engine's thread and with the load"),
    Row("Node: `channel.handle`", "node/handle", at_most=3, why="what crosses over is copied and coded anew, on top of what the core takes"),
    Row("Node: the same, with its actions", "node/handle with actions", at_most=10, why="the same, six times a message"),
    Row("Node: `require('zaloxide')`", "node/require", at_most=30),
]


def write_results(where, figures):
    OUT.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"where": where, "figures": figures}, indent=1) + "\n")


def markdown(where, figures):
    """The table, with the machine and the day above it, and what misses its goal below."""
    lines = [f"Measured on {where}, by `tests/bench/run`.", "", "| | measured | goal |", "|---|---|---|"]
    misses, absent = [], []
    for row in ROWS:
        if row.name not in figures:
            absent.append(row.label)
            continue
        measured, goal, met = read(row, figures[row.name])
        lines.append(f"| {row.label} | {measured} | {goal} |")
        if met is False:
            misses.append(f"- {row.label}: {row.why or 'not looked into yet'}.")
    peers = [f"{name.rsplit('/', 1)[1]}: {figures[name]['value']:.0f} MB/s" for name in sorted(figures) if name.startswith("chunks/peer/")]
    if peers:
        lines += ["", f"Cutting the same text with packages of Python: {'; '.join(peers)}."]
    lines += ["", "Not reached, and why:", "", *misses] if misses else ["", "Every goal above is reached."]
    if absent:
        lines += ["", f"Not measured in this run: {len(absent)} of {len(ROWS)}."]
    return "\n".join(lines) + "\n"


def read(row, figure):
    """How a row's number and goal are shown, and whether the one meets the other; None: not known."""
    goal = "" if row.at_most is None else f"at most {row.at_most:g}"
    goal = goal if row.at_least is None else f"at least {row.at_least:g}"
    if figure["value"] is None:
        return f"missing: {figure['missing']}", goal, None
    number = figure["ratio"] if row.ratio else figure["value"]
    met = (row.at_most is None or number <= row.at_most) and (row.at_least is None or number >= row.at_least)
    if not row.ratio:
        goal = goal and f"{goal} {figure['unit']}"
        return f"{shown(number)} {figure['unit']}", goal, met
    return f"{number:.2f} ({shown(figure['value'])} {figure['unit']})", goal, met


def shown(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def into_readme(text):
    """Puts the table between its marks."""
    readme = README.read_text()
    before, _, rest = readme.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"README.md has no place for the table, between `{BEGIN.strip()}` and `{END.strip()}`")
    README.write_text(f"{before}{BEGIN}\n{text}\n{charts.into_tree()}\n{END}{after}")
