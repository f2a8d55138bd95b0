"""The picture is whole for every number of moments, shows what happened, and is reproducible."""

import io
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from models.chart.incident import incident_of
from models.messages.diagnostics import Diagnostics, EventMark, HandedContact
from tasks.package.picture import HEIGHT, WIDTH, ChartMargin, draw
from tests.unit.diagnostics_example import START, calls, example, timeline

SHADE = (253, 236, 235)


def picture(d: Diagnostics, **options: Any) -> dict[str, bytes]:
    """Return the two files of a picture."""
    title = options.pop("title", "Job btcal_01jxyz")
    return draw(incident_of(d), title, ChartMargin(**options))


def colours(png: bytes) -> set[object]:
    """Return the colours of a picture that fill more than a few pixels."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    counted = image.getcolors(WIDTH * HEIGHT) or []
    return {colour for count, colour in counted if count > 300}


def said(svg: bytes) -> str:
    """Return every text of an SVG."""
    return " ".join(
        "".join(node.itertext()) for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    )


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_any_number_of_moments_gives_a_picture(count: int) -> None:
    """No snapshot, one and many give a whole PNG of the promised size and an SVG that parses."""
    files = picture(example(calls=(), timeline=timeline(count)))
    image = Image.open(io.BytesIO(files["chart.png"]))
    image.load()
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    assert len(files["chart.png"]) < 150_000
    assert ("nothing to draw" in said(files["chart.svg"])) is (count < 2)


def test_the_same_facts_give_the_same_bytes() -> None:
    """A package is reproducible, whatever the order in which calls and snapshots come."""
    there, back = example(), example(calls=calls()[::-1], timeline=timeline()[::-1])
    assert picture(there) == picture(back)


def test_what_happened_is_named() -> None:
    """Stop, approval and verdict, our own calls, the stall and its cause, the zone: all are in it."""
    at = START + timedelta(hours=1)
    d = example(
        handed=(HandedContact(at, at + timedelta(minutes=1)),),
        marks=(
            EventMark(at, "job stopped", stops=True),
            EventMark(at + timedelta(minutes=10), "verdict: go"),
        ),
    )
    words = said(
        picture(d, cause="permits", zone=ZoneInfo("Australia/Sydney"), zone_name="Australia/Sydney")[
            "chart.svg"
        ]
    )
    for part in (
        "job stopped",
        "verdict: go",
        "called by ringback: 1",
        "permits",
        "Australia/Sydney",
        "nothing moved",
    ):
        assert part in words


def test_a_stall_is_shaded() -> None:
    """The time in which nothing moved is seen at once, and a job that ended has none."""
    assert SHADE in colours(picture(example())["chart.png"])
    assert SHADE not in colours(picture(example(total=40))["chart.png"])


def test_permits_have_a_panel_where_they_are_told() -> None:
    """Permits held by nobody are the commonest cause: the picture shows them where the platform does."""
    d = example()
    assert "permit limit" in said(picture(d, permits=d.timeline)["chart.svg"])
    assert "permit limit" not in said(picture(d, permits=d.timeline[:1])["chart.svg"])


def test_a_title_of_any_length_fits() -> None:
    """A long title is cut, not drawn over the edge."""
    d = example()
    short, long = (picture(d, title="x" * n)["chart.svg"] for n in (500, 600))
    assert said(short) == said(long)


def test_who_cannot_see_it_is_told() -> None:
    """Both files carry the picture in words."""
    files = picture(example())
    assert "40 of 100 started" in Image.open(io.BytesIO(files["chart.png"])).info["Description"]
    assert b"40 of 100 started" in files["chart.svg"]
