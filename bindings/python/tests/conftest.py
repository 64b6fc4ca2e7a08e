"""What all tests of the package share."""

import os

import pytest

pytest_plugins = [] if os.environ.get("ZALOXIDE_INSTALLED") else ["zaloxide._fixtures"]


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch, tmp_path):
    """No test sees the state, the configuration or the tokens of whoever runs it."""
    for name in ("ZALO_BOT_TOKEN", "ZALO_API_URL", "ZALOXIDE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZALOXIDE_STATE_DIR", str(tmp_path / "state"))
