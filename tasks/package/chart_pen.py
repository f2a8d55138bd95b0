"""A pen that draws in the units of the finished picture, at twice its size, and scales down at the end."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

PAPER, INK, GREY, GRID = "#ffffff", "#1f2933", "#6b7785", "#e6eaef"

_TWICE = 2


class Pen:
    """A drawing; all lengths are in pixels of the finished picture, which Pillow alone leaves jagged."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._image = Image.new("RGB", (width * _TWICE, height * _TWICE), PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float = 1) -> None:
        """Draw a line through the points."""
        scaled = [(x * _TWICE, y * _TWICE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * _TWICE), joint="curve")

    def dot(self, x: float, y: float, colour: str, radius: float = 2.5) -> None:
        """Draw a dot."""
        self._draw.ellipse(_scaled(x - radius, y - radius, x + radius, y + radius), fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """Fill a rectangle."""
        self._draw.rectangle(_scaled(left, top, right, bottom), fill=colour)

    def text(
        self, x: float, y: float, words: str, colour: str = INK, *, size: int = 12, at: str = "ls"
    ) -> None:
        """Write words; `at` is Pillow's anchor: l, m or r across, s (baseline) or m upwards."""
        place = (x * _TWICE, y * _TWICE)
        self._draw.text(place, words, fill=colour, font=_font(size), anchor=at)

    def width(self, words: str, size: int = 12) -> float:
        """Return how wide the words are."""
        return float(self._draw.textlength(words, font=_font(size))) / _TWICE

    def png(self) -> bytes:
        """Return the finished picture; the same drawing gives the same bytes."""
        out = io.BytesIO()
        self._image.resize(self._size, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
        return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font that comes with Pillow."""
    return ImageFont.load_default(size * _TWICE)


def _scaled(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """Return a box at twice its size."""
    return left * _TWICE, top * _TWICE, right * _TWICE, bottom * _TWICE
