"""The machine and the day: a number means nothing without them."""

import datetime
import os
import platform
from pathlib import Path


def described():
    """One line: processor, cores, system, date."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    day = datetime.date.today().isoformat()
    return f"{cores} cores of {model}, {platform.system()} {platform.release().split('-')[0]}, {day}"
