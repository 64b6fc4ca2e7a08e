"""The behaviours that every language has: events in, actions out."""

import pytest
from conformance import CASES, differ, load, run

FILES = sorted((CASES / "cases").glob("*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(path):
    lines = run(load(path))
    assert not lines, "\n".join(lines)


def test_there_are_cases_and_a_wrong_expectation_fails():
    assert len(FILES) > 150
    case = load(CASES / "cases/intake/envelope.json")
    case["steps"][-1]["actions"][-1]["envelope"]["text"] = "else"
    assert any("else" in line for line in run(case))


@pytest.mark.parametrize(
    ("pattern", "actual", "lines"),
    [
        ([1, "$any"], [1, {}], 0),
        ([1], [1, 2], 1),
        (["$a", "$a"], [1, 2], 1),
        (["$a", "no. ${a}"], [1, "no. 1"], 0),
        ({"a": 1}, {"a": 1, "b": 2}, 1),
        ({"a": 1}, {}, 1),
        ({"a": 1}, {"a": True}, 1),
        ({"$has": {"a": 1}}, {"a": 1, "b": 2}, 0),
        ({"$json": {"a": 1}}, '{ "a": 1 }', 0),
        ({"$between": [1, 3]}, 4, 1),
        ({"$contains": ["b", "d"]}, "abc", 1),
        ({"a": {"$repeat": ["x", 2]}}, {"a": "xy"}, 1),
    ],
)
def test_patterns_tell_what_differs(pattern, actual, lines):
    assert len(list(differ(pattern, actual, {}))) == lines
