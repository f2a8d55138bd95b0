"""A tree of frames as a picture: one file, no scripts, nothing from outside, callers above whom they call."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from tests.bench.flames.frames import Frame, checked

WIDTH, LINE, TOP = 1200.0, 16.0, 58.0
LETTER = 6.1
"""Width of one letter of the frames' names."""
LEAST = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
"""Widths below which a frame is not drawn: the first of them that makes the picture small enough."""
MOST_BYTES = 200_000
ROOMS = {
    "models": ("models/: the rules", "#7cb374"),
    "tasks": ("tasks/ and flows/: what is done", "#6fa8dc"),
    "flows": ("", "#6fa8dc"),
    "sqlalchemy": ("SQLAlchemy and SQLModel", "#e8a05c"),
    "sqlmodel": ("", "#e8a05c"),
    "deployments": ("the sandbox's platform in memory, and the bench", "#c9c9c9"),
    "tests": ("", "#c9c9c9"),
}
OTHERS = ("all other packages", "#e6d690")


@dataclass(frozen=True)
class Box:
    """One frame's place in the picture."""

    frame: Frame
    x: float
    level: int
    width: float


def drawn(whole: Frame, title: str) -> str:
    """Return the picture.

    Raises PathInFrameError where a name tells a path, and ValueError where nothing was sampled.
    """
    if not whole.weight:
        raise ValueError(f"{title}: nothing was sampled, so there is nothing to draw.")
    pictures = (_drawn(whole, title, least) for least in LEAST)
    return next((one for one in pictures if len(one) <= MOST_BYTES), _drawn(whole, title, LEAST[-1]))


def _drawn(whole: Frame, title: str, least: float) -> str:
    boxes = list(_boxes(whole, 0.0, 0, WIDTH / whole.weight, least))
    height = TOP + LINE * (1 + max(box.level for box in boxes)) + 8
    size = f'viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="monospace" font-size="10" role="img">',
        "<style>text{pointer-events:none}</style>",
        f"<title>{escape(checked(title))}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="8" y="20" font-size="14" font-weight="bold">{escape(checked(title))}</text>',
        *_legend(),
        *(_shape(box, whole.weight) for box in boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _boxes(frame: Frame, x: float, level: int, scale: float, least: float) -> Iterator[Box]:
    width = frame.weight * scale
    if width < least:
        return
    yield Box(frame, x, level, width)
    for one in sorted(frame.calls.values(), key=lambda called: called.name):
        yield from _boxes(one, x, level + 1, scale, least)
        x += one.weight * scale


def _legend() -> Iterator[str]:
    x = 8.0
    for words, colour in (*ROOMS.values(), OTHERS):
        if words:
            yield f'<rect x="{x:.0f}" y="32" width="10" height="10" fill="{colour}"/>'
            yield f'<text x="{x + 14:.0f}" y="41">{escape(words)}</text>'
            x += 34 + LETTER * len(words)


def _shape(box: Box, weight: int) -> str:
    name, share = escape(checked(box.frame.name)), 100 * box.frame.weight / weight
    y = TOP + LINE * box.level
    colour = ROOMS.get(box.frame.name.partition("/")[0], OTHERS)[1]
    return (
        f'<rect x="{box.x:.1f}" y="{y:.0f}" width="{box.width:.1f}" height="{LINE - 1:.0f}" fill="{colour}">'
        f"<title>{name}, {share:.1f} %</title></rect>{_label(box, y)}"
    )


def _label(box: Box, y: float) -> str:
    most = int((box.width - 6) / LETTER)
    short = box.frame.name.rpartition("/")[2] if len(box.frame.name) > most else box.frame.name
    if most < len("a.py"):
        return ""
    words = short if len(short) <= most else f"{short[: most - 1]}…"
    return f'<text x="{box.x + 3:.1f}" y="{y + LINE - 5:.0f}">{escape(words)}</text>'
