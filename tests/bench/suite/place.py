"""Where things are: the checkout, what is built in it, what the suite writes."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OUT = TARGET / "bench"
BENCH = ROOT / "tests/bench"
PEERS = BENCH / "peers"
