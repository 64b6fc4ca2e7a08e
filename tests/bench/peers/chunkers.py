"""How fast splitters that people use cut a text into pieces of at most 2,000; a figure a line."""

import json
import statistics
import textwrap
import time
from importlib.metadata import version

# As the core's bench has it, 1 MB of it.
LINE = "Người Việt Nam đã gặp nhau ở Hà Nội hôm qua, và họ nói về thời tiết. "
TEXT = LINE * (1_000_000 // len(LINE.encode()))
PIECE = 2_000
ROUNDS = 5


def splitters():
    """Each splitter's name, and what cuts."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from semantic_text_splitter import TextSplitter

    recursive = RecursiveCharacterTextSplitter(chunk_size=PIECE, chunk_overlap=0)
    semantic = TextSplitter(PIECE)
    yield f"langchain-text-splitters {version('langchain-text-splitters')}", recursive.split_text
    yield f"semantic-text-splitter {version('semantic-text-splitter')}", semantic.chunks
    yield "textwrap", lambda text: textwrap.wrap(text, PIECE)


def seconds(cut):
    began = time.perf_counter()
    assert cut(TEXT)
    return time.perf_counter() - began


for name, cut in splitters():
    took = statistics.median(seconds(cut) for _ in range(ROUNDS))
    rate = len(TEXT.encode()) / took / 1e6
    print(json.dumps({"name": f"chunks/peer/{name}", "value": rate, "unit": "MB/s"}), flush=True)
