"""The layout of a package: its files in their order, their kinds, and the columns of its tables."""

from pathlib import PurePosixPath

SCHEMA_VERSION = "2"
"""Of summary.json and manifest.json; it grows with every change that an older reader trips over."""
PROFILE = "ringback-1"
"""The rules by which a package is redacted."""
MOST_BYTES = 10_000_000
"""Ticket systems take 20 to 50 MB an attachment; half of the least leaves room for others."""

SUMMARY, FACTS, MANIFEST = "SUMMARY.md", "summary.json", "manifest.json"
PEOPLE, CALLS, ACTIONS = "people.csv", "calls.csv", "actions.jsonl"
SAMPLES, SCREENSHOT = "api_samples/", "screenshot."

ORDER = (
    SUMMARY,
    FACTS,
    PEOPLE,
    "timeline.csv",
    "reasons.csv",
    CALLS,
    "contacts_quality.json",
    "checks.json",
    ACTIONS,
    SAMPLES,
    SCREENSHOT,
    "chart.png",
    "chart.svg",
    "versions.json",
    "platform.json",
    MANIFEST,
)
"""How the files stand in the zip: what is read first comes first."""

ALWAYS = tuple(name for name in ORDER if name not in {SAMPLES, SCREENSHOT})
"""Files that every package has, empty as they may be."""

MEDIA = {
    ".md": "text/markdown",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
}

PEOPLE_HEADS = (
    "row",
    "contact_id",
    "number",
    "contact",
    "before_status",
    "before_code",
    "before_means",
    "before_calls",
    "did",
    "redials",
    "recovery",
    "wave",
    "answer",
    "outcome",
    "outcome_code",
    "kept_back_because",
    "end",
)
"""Columns of people.csv: who, what happened before, what we did, what became of them."""


def place_of(name: str) -> tuple[int, str]:
    """Return where a file stands in the zip; raises StopIteration for one of no package."""
    return next(n for n, start in enumerate(ORDER) if name.startswith(start)), name


def media_of(name: str) -> str:
    """Return the media type of a file, empty where no file of a package is of that kind."""
    return MEDIA.get(PurePosixPath(name).suffix, "")


def belongs(name: str) -> bool:
    """Tell whether a package may hold a file of that name."""
    if name in ALWAYS:
        return True
    stem, dot, kind = name.partition(".")
    if f"{stem}{dot}" == SCREENSHOT:
        return kind in {"png", "jpg"}
    return name.startswith(SAMPLES) and name.endswith(".json") and name.count("/") == 1
