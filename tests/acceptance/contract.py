"""The command line's contract: what `recover --json` has at least."""

from collections.abc import Iterator, Mapping
from typing import Any

NAME, NONE = (str,), type(None)
REPORT: Mapping[str, tuple[type, ...]] = {
    "recovery_id": NAME,
    "job_id": NAME,
    "state": NAME,
    "level": NAME,
    "plan_hash": (str, NONE),
    "verdict": (str, NONE),
    "counts": (dict,),
    "findings": (list,),
    "next_action": NAME,
    "eta": (dict, NONE),
    "package": (str, NONE),
}
COUNTS = ("planned", "accepted", "refused", "unknown", "skipped", "redialled", "reached", "kept_back")
FINDING: Mapping[str, tuple[type, ...]] = {
    "check": NAME,
    "severity": NAME,
    "cause": NAME,
    "evidence": (dict,),
}


def broken(report: Mapping[str, Any]) -> list[str]:
    """Return what a report of a recovery lacks, in words; empty when the contract is kept."""
    found = [*_lacks(report, REPORT)]
    if not found:
        found += _lacks(report["counts"], dict.fromkeys(COUNTS, (int,)))
        found += [words for finding in report["findings"] for words in _lacks(finding, FINDING)]
    return found


def _lacks(document: Mapping[str, Any], wanted: Mapping[str, tuple[type, ...]]) -> Iterator[str]:
    for name, kinds in wanted.items():
        if name not in document:
            yield f"{name} is missing"
        elif not isinstance(document[name], kinds):
            yield f"{name} is a {type(document[name]).__name__}"
