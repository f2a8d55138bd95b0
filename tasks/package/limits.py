"""What leaves a package first where it would be too large, and how much of each part it holds at the most.

The rule, in this order: the platform's answers, calls, snapshots, problems of the contact file, the oldest
actions, the person's screenshot, and last people, those whom nobody has to ask about first. SUMMARY.md,
summary.json, reasons, checks, the picture, versions and the manifest never leave. Whatever does is said in
the manifest, in SUMMARY.md, and in the last line of its table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

LISTED_ALWAYS = 20


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """How much of each part a package holds at the most; the sizes keep a large job below 10 MB."""

    samples: int = 20
    sample_bytes: int = 200_000
    calls: int = 10_000
    timeline: int = 5_000
    problems: int = 5_000
    actions: int = 20_000
    screenshots: int = 1
    people: int = 50_000
    listed: int = 200
    """Items of one list inside evidence and samples."""


STEPS: tuple[tuple[str, dict[str, int]], ...] = (
    ("samples", {"sample_bytes": 20_000, "listed": 60}),
    ("samples", {"sample_bytes": 2_000, "listed": LISTED_ALWAYS}),
    ("calls", {"calls": 5_000}),
    ("calls", {"calls": 500}),
    ("timeline", {"timeline": 500}),
    ("contacts", {"problems": 500}),
    ("actions", {"actions": 2_000}),
    ("samples", {"sample_bytes": 0}),
    ("screenshot", {"screenshots": 0}),
    ("people", {"people": 10_000}),
    ("people", {"people": 2_000}),
    ("calls", {"calls": 0}),
    ("timeline", {"timeline": 50}),
    ("contacts", {"problems": 0}),
    ("actions", {"actions": 100}),
    ("people", {"people": 0}),
    ("actions", {"actions": 0}),
)
"""The rule: which part shrinks to what, one step after the other, until the package is small enough."""


def shrinking(limits: PackageLimits) -> Iterator[tuple[str, PackageLimits]]:
    """Yield the part that shrinks next, with all limits as they are then."""
    for part, smaller in STEPS:
        limits = replace(limits, **smaller)
        yield part, limits
