"""Runs conformance cases (`tests/conformance/README.md`) against the package's `Channel`."""

import json
import re
from pathlib import Path

from zaloxide import Channel, Damaged, Refused

CASES = Path(__file__).parents[3] / "tests/conformance"
NAME = re.compile(r"\$([a-z0-9_]+)\Z")
WORD = re.compile(r"\$\{([a-z0-9_]+)\}")


def load(path):
    """A case, its preludes' steps before its own."""
    case = json.loads(path.read_text())
    name = case.get("prelude")
    while name:
        prelude = json.loads((CASES / "preludes" / f"{name}.json").read_text())
        case["steps"] = prelude["steps"] + case.get("steps", [])
        name = prelude.get("prelude")
    return case


def operator(value):
    """The operator and argument of an object that is one."""
    if isinstance(value, dict) and len(value) == 1:
        [(key, argument)] = value.items()
        if key.startswith("$"):
            return key, argument
    return None


def words(text, names):
    text = text[1:] if text.startswith("$$") else text

    def put(found):
        value = names[found[1]]
        return value if isinstance(value, str) else json.dumps(value)

    return WORD.sub(put, text)


def build(value, names):
    """The value that a case writes down."""
    if isinstance(value, str):
        name = NAME.match(value)
        return names[name[1]] if name else words(value, names)
    if isinstance(value, list):
        return [build(item, names) for item in value]
    match operator(value):
        case ("$json", argument):
            return json.dumps(build(argument, names), ensure_ascii=False)
        case ("$concat", parts):
            return "".join(build(part, names) for part in parts)
        case ("$repeat", [text, times]):
            return build(text, names) * times
        case ("$list", [template, times]):
            return [build(template, {**names, "i": i}) for i in range(1, times + 1)]
    if isinstance(value, dict):
        return {key: build(item, names) for key, item in value.items()}
    return value


def same(expected, actual):
    """Equal, and not only as Python sees it: `True` is no number."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return expected == actual


def differ(pattern, actual, names, path="."):
    """What differs, a line each."""
    if isinstance(pattern, str):
        if pattern == "$any":
            return
        if name := NAME.match(pattern):
            if names.setdefault(name[1], actual) != actual:
                yield f"{path}: ${name[1]} is {names[name[1]]!r}, got {actual!r}"
            return
        pattern = words(pattern, names)
    if found := operator(pattern):
        yield from operate(*found, actual, names, path)
    elif isinstance(pattern, dict) and isinstance(actual, dict):
        yield from has(pattern, actual, names, path)
        yield from (f"{path}: unexpected {key!r}" for key in actual.keys() - pattern.keys())
    elif isinstance(pattern, list) and isinstance(actual, list):
        if len(pattern) != len(actual):
            yield f"{path}: expected {len(pattern)} elements, got {len(actual)}"
        for index, (each, other) in enumerate(zip(pattern, actual)):
            yield from differ(each, other, names, f"{path}[{index}]")
    elif not same(pattern, actual):
        yield f"{path}: expected {pattern!r}, got {actual!r}"


def has(pattern, actual, names, path):
    for key, value in pattern.items():
        if key in actual:
            yield from differ(value, actual[key], names, f"{path}.{key}")
        else:
            yield f"{path}: {key!r} is missing"


def operate(operator, argument, actual, names, path):
    match operator:
        case "$has":
            yield from has(argument, actual, names, path)
        case "$json":
            yield from differ(argument, json.loads(actual), names, path)
        case "$between":
            low, high = argument
            if not low <= actual <= high:
                yield f"{path}: expected between {argument}, got {actual}"
        case "$len":
            if len(actual) != argument:
                yield f"{path}: expected {argument} elements, got {len(actual)}"
        case "$contains":
            for text in build(argument, names):
                if text not in actual:
                    yield f"{path}: {text!r} is not in {actual!r}"
        case "$concat" | "$repeat" | "$list":
            expected = build({operator: argument}, names)
            if expected != actual:
                yield f"{path}: expected {expected!r}, got {actual!r}"
        case _:
            yield f"{path}: {operator} is no pattern"


def kinds(error):
    return {"type": error.kind}


class Driver:
    """One channel, and the journal it offers."""

    def __init__(self, config, seed, now, records):
        self.config = config
        self.journal = {number: record for number, record in records or []}
        self.durable = max(self.journal, default=0)
        seed = bytes.fromhex(seed)
        if records is None:
            self.channel = Channel(config, seed, now)
        else:
            self.channel = Channel.restore(config, seed, now, sorted(self.journal.items()))

    def restart(self, restart, at, names):
        journal = dict(self.journal)
        match restart.get("keep", "durable"):
            case "durable":
                journal = {n: record for n, record in journal.items() if n <= self.durable}
            case "nothing":
                journal = None
            case "snapshot":
                snapshot = self.channel.snapshot()
                journal = {snapshot.upto: snapshot.record}
        config = build(restart["config"], names) if "config" in restart else self.config
        records = None if journal is None else sorted(journal.items())
        self.__init__(config, restart["seed"], at, records)

    def handle(self, at, event):
        try:
            self.channel.handle(at, event)
        except Refused as refused:
            return {"refused": kinds(refused)}
        if event["type"] == "committed":
            self.durable = max(self.durable, event["upto"])
        return "ok"

    def actions(self):
        while action := self.channel.poll_action():
            form = action.to_dict()
            if form["type"] == "commit":
                for number, record in action.numbered():
                    self.journal.setdefault(number, record)
            yield form


def run(case):
    """What is not as expected, a line each; nothing when the case holds."""
    names = {}
    begin = (case["config"], case["seed"], case["now"], case.get("records"))
    try:
        driver = Driver(*begin)
    except Damaged as damaged:
        expected = {"$has": {"type": case["damaged"]["type"]}}
        return list(differ(expected, kinds(damaged), names))
    if "damaged" in case:
        return ["the journal was restored"]
    at = case["now"]
    for number, step in enumerate(case.get("steps", []), 1):
        at = step.get("at", at)
        lines = []
        if "restart" in step:
            driver.restart(step["restart"], at, names)
        if "event" in step:
            answer = driver.handle(at, build(step["event"], names))
            expected = step.get("expect", "ok")
            if isinstance(expected, dict) and "type" in (expected.get("refused") or {}):
                # The reason is for people: an exception's message.
                expected = {"refused": {"type": expected["refused"]["type"]}}
            lines += differ(expected, answer, names)
        lines += differ(step.get("actions", []), list(driver.actions()), names)
        if "timeout" in step:
            timeout = driver.channel.poll_timeout()
            lines += differ(step["timeout"], timeout and timeout.to_dict(), names)
        if lines:
            return [f"step {number}: {line}" for line in lines]
    return []
