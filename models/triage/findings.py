"""What one check saw, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.enums import Cause, Check, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer: how much it weighs, the cause it names, a sentence, and the evidence."""

    check: Check
    severity: Severity
    cause: Cause
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as the command line and the ledger show it."""
        return {
            "check": self.check.value,
            "severity": self.severity.value,
            "cause": self.cause.value,
            "words": self.message,
            "evidence": dict(self.evidence),
        }


def share(part: int, whole: int) -> float:
    """Return part of whole rounded to three places, 0 for an empty whole."""
    return round(part / whole, 3) if whole else 0.0


def plural(count: int, word: str, many: str = "") -> str:
    """Return the count with its word: 1 contact, 2 contacts; `many` where it is no matter of an s."""
    return f"{count:,} {word if count == 1 else many or f'{word}s'}"
