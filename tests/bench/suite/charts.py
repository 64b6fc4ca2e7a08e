"""Charts: webhooks beside the bare server by number of connections, as SVG."""

import shutil

from .place import BENCH, OUT, ROOT

CONNECTIONS = (1, 16, 64, 256)
SERVERS = (("bare hyper", "#9aa5b1"), ("memory", "#2f7ed8"), ("SQLite", "#1b9e77"))
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 300, 70, 44, 40
BAR, GAP = 34, 36


def write(figures):
    """Writes a chart of each kind whose numbers are there."""
    OUT.mkdir(parents=True, exist_ok=True)
    for kind, title in (
        ("rate", "webhooks a second, by connections"),
        ("cpu", "server time a webhook in µs, by connections"),
    ):
        groups = [(str(n), [value(figures, n, name, kind) for name, _ in SERVERS]) for n in CONNECTIONS]
        if all(each is not None for _, values in groups for each in values):
            (OUT / f"{kind}.svg").write_text(bars(title, groups))


def into_tree():
    """Puts the charts beside the suite, and says how a page at the root shows them."""
    shown = []
    for chart in sorted(OUT.glob("*.svg")):
        kept = BENCH / "charts" / chart.name
        kept.parent.mkdir(exist_ok=True)
        shutil.copy(chart, kept)
        shown.append(f"![webhooks by connections: {chart.stem}]({kept.relative_to(ROOT)})\n")
    return "".join(shown)


def value(figures, connections, server, kind):
    figure = figures.get(f"webhook/{connections} connections/{server}/{kind}")
    return figure and figure["value"]


def bars(title, groups):
    """A group of bars for each number of connections."""
    most = max(each for _, values in groups for each in values)
    room = HEIGHT - TOP - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#57606a">',
        f'<text x="{LEFT}" y="16" font-size="14">{title}</text>',
    ]
    for place, (name, colour) in enumerate(SERVERS):
        x = LEFT + place * 130
        parts.append(f'<rect x="{x}" y="24" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15}" y="33">{name}</text>')
    for step in range(5):
        y = TOP + room - room * step / 4
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.0f}" y2="{y:.0f}" stroke="#d0d7de"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{short(most * step / 4)}</text>')
    for at, (label, values) in enumerate(groups):
        left = LEFT + GAP / 2 + at * (len(values) * BAR + GAP)
        for place, each in enumerate(values):
            height = room * each / most
            x, y = left + place * BAR, TOP + room - height
            colour = SERVERS[place][1]
            parts.append(
                f'<rect x="{x:.0f}" y="{y:.1f}" width="{BAR - 4}" height="{height:.1f}" fill="{colour}">'
                f"<title>{SERVERS[place][0]}: {short(each)}</title></rect>"
            )
        middle = left + len(values) * BAR / 2
        parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 18}" text-anchor="middle">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def short(number):
    """1234 as 1.2k, 7.5 as 7.5."""
    return f"{number / 1000:.0f}k" if number >= 10_000 else f"{number:.0f}" if number >= 100 else f"{number:.1f}"
