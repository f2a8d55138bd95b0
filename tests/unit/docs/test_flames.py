"""The flame graphs: functions by their package, a page that names them, and no path of any machine."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench.flames.frames import Frame, PathInFrameError, clean, tree
from tests.bench.flames.sampler import sampling
from tests.bench.flames.svg import drawn

ROOT = Path(__file__).parents[3]
PICTURES = sorted((ROOT / "docs/flames").glob("*.svg"))
HOME = "/srv/somebody/ringback"
LIB = "/usr/lib/python3.11"
MOST = 300_000
BELOW = "tests/bench/flames/acts.py:measured"
ACT = f"measured ({HOME}/tests/bench/flames/acts.py)"


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (f"send_wave ({HOME}/tasks/dispatch/waves.py)", "tasks/dispatch/waves.py:send_wave"),
        (f"exec ({HOME}/.venv/lib/python3.11/site-packages/sqlmodel/s.py)", "sqlmodel/s.py:exec"),
        ("loads (/usr/lib/python3.13/json/__init__.py)", "json/__init__.py:loads"),
        ("run (/opt/elsewhere/secret/tool.py)", "tool.py:run"),
        ("_find_and_load (<frozen importlib._bootstrap>)", "<frozen importlib._bootstrap>:_find_and_load"),
        ("all", "all"),
    ],
)  # fmt: skip
def test_a_frame_is_called_by_its_package(frame: str, name: str) -> None:
    """Whoever runs the bench, and wherever, the same function has the same name."""
    assert clean(frame, HOME) == name


@pytest.mark.parametrize(
    "frame", ["/srv/somebody/x.py:run", "run at /home/a", "C:\\ringback\\x.py", "~/x.py"]
)
def test_a_path_is_refused(frame: str) -> None:
    """What still tells where a file lies reaches no picture."""
    with pytest.raises(PathInFrameError):
        clean(frame, HOME)
    with pytest.raises(PathInFrameError):
        drawn(Frame(frame, 1), "title")


def test_only_the_act_is_in_the_tree() -> None:
    """Set-up and threads that wait are left out, the act's own threads are not, and weights add up."""
    work = f"work ({HOME}/models/a.py)"
    lines = [
        f"main (<frozen runpy>);setup ({HOME}/tests/x.py) 100",
        f"main (<frozen runpy>);{ACT};{work} 5",
        f"main (<frozen runpy>);{ACT};{work};deep ({HOME}/models/b.py) 2",
        f"_bootstrap ({LIB}/threading.py);{work} 3",
        f"_bootstrap ({LIB}/threading.py);_worker ({LIB}/concurrent/futures/thread.py) 9",
    ]  # fmt: skip
    whole = tree(lines, HOME, BELOW)
    assert whole.weight == 10
    assert whole.calls["models/a.py:work"].weight == 7
    assert whole.calls["models/a.py:work"].calls["models/b.py:deep"].weight == 2
    assert whole.calls["threading.py:_bootstrap"].calls["models/a.py:work"].weight == 3


def test_a_picture_of_nothing_is_refused() -> None:
    """A picture in which nothing was sampled says so instead of showing an empty frame."""
    with pytest.raises(ValueError, match="nothing was sampled"):
        drawn(Frame("all"), "title")


def test_names_are_text_and_never_markup() -> None:
    """A lambda or a comprehension has brackets in its name, and the picture stays well-formed."""
    whole = tree([f"{ACT};<lambda> ({HOME}/models/a.py) 4"], HOME, BELOW)
    assert "models/a.py:<lambda>, 100.0 %" in [
        one.text for one in ET.fromstring(drawn(whole, "a & b")).iter()
    ]


def test_the_sampler_weighs_work_by_its_cpu(tmp_path: Path) -> None:
    """Whoever computes is in the samples by name, with about the CPU that was used."""
    target = tmp_path / "samples"
    with sampling(target):
        busy()
    weights = [line.rpartition(" ")[::2] for line in target.read_text().splitlines()]
    assert any("busy" in stack for stack, _ in weights)
    assert sum(int(weight) for _, weight in weights) > 50_000


def busy() -> int:
    """Compute for a good while."""
    return sum(number * number for number in range(2_000_000))


def test_there_are_two_pictures_and_the_page_shows_them() -> None:
    """Each picture is linked from the page of benchmarks."""
    page = (ROOT / "docs/benchmarks.md").read_text()
    assert len(PICTURES) == 2
    for picture in PICTURES:
        assert f"](flames/{picture.name})" in page


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small_and_tells_no_path(picture: Path) -> None:
    """Every file in it is named by its package, nothing comes from outside, and nothing runs."""
    text = picture.read_text()
    assert len(text.encode()) < MOST
    names = [one.text or "" for one in ET.fromstring(text).iter()]
    assert not [name for name in names if re.search(r"(?:^|[\s(:])(?:/|~|[A-Z]:\\)", name)]
    assert "site-packages" not in text
    assert not re.search(r"<script|href|url\(|<image|@import", text)
