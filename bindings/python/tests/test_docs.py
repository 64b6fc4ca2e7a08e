"""The examples of the documentation run."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]
TOKEN = "1000000000000000001:emulator-only-no-secret"


def blocks(path):
    return re.findall(r"^```python\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("ZALO_BOT_TOKEN", TOKEN)


def test_the_readme_of_the_repository(zalo, token):
    [example] = blocks(ROOT / "README.md")
    names = {"__name__": "example"}
    exec(example, names)
    bot = names["bot"]
    with zalo.runs(bot):
        an = zalo.user("an", name="An")
        an.sends("Xin chào")
        [pending] = (an.receives(), bot.pairing.list())[1]
        bot.pairing.approve(pending.code)
        an.sends("Xin chào")
        assert an.receives().text == "Bạn nói: Xin chào"


def test_the_readme_of_the_package(zalo, token):
    pytest.importorskip("fastapi")
    pytest.importorskip("flask")
    names = {"__name__": "example"}
    examples = blocks(HERE / "README.md")
    assert len(examples) == 6
    for example in examples:
        exec(example, names)
    names["test_it_answers"](zalo)
    bot = names["bot"]
    with zalo.runs(bot):
        binh = zalo.user("binh", name="Bình")
        binh.sends("/START")
        first = binh.receives()
        assert (first.photo, first.text) == ("https://example.com/hello.jpg", "Chào bạn!")
        binh.sends("đơn hàng 42 ở đâu?")
        assert binh.receives().text == "Đơn hàng 42 đang trên đường."


def test_the_migration_page(zalo):
    names = {}
    [example] = blocks(HERE / "docs/migrating.md")
    exec(example, names)
    with zalo.runs(names["bot"]):
        an = zalo.user("an")
        an.sends("hi")
        assert an.receives().text == "hi"


def test_the_example_of_zaloxide_testing(zalo):
    import zaloxide.testing

    example = re.search(r"(    def test_it.*?)\nNothing", zaloxide.testing.__doc__, re.DOTALL)[1]
    names = {}
    exec("if True:\n" + example, names)
    names["test_it_answers"](zalo)
