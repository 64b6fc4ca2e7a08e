#!/usr/bin/env python3
"""An agent as one long-lived program, with nothing but Python's standard library.

    zaloxide run --agent 'stdio:python3 stdio.py'

One envelope a line comes on standard input. For each, one line goes out: the turn, the attempt, and
`reply` or `error`. What is written on standard error goes to zaloxide's log. If the program ends, it
is started again.
"""

import json
import sys

# The environment is empty, so nothing says that these are UTF-8.
sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8")

heard = {}


def answer(envelope):
    """The reply to a message: what a program that stays can do is to remember."""
    words = heard.setdefault(envelope["session"], [])
    if not envelope["text"]:
        raise ValueError("there is no text in it")
    words.append(envelope["text"])
    return {"text": f"Tin thứ {len(words)} của cuộc trò chuyện: {envelope['text']}"}


for line in sys.stdin:
    envelope = json.loads(line)
    said = {"turn": envelope["turn"], "attempt": envelope["attempt"]}
    try:
        said["reply"] = answer(envelope)
    except Exception as error:
        said["error"] = str(error)
    print(json.dumps(said, ensure_ascii=False), flush=True)
