"""What a carrier itself says of one call: a value, kept as it was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.masking.quotes import plain_word

OPEN = frozenset({"queued", "initiated", "ringing", "in-progress"})
"""Statuses of a call that is still to ring, rings, or is up."""
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Statuses after which nothing of a call changes any more."""


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """One call as its carrier has it: the raw status, the raw codes where any are told, and who took it.

    `answered_by` is the word of the carrier's own detection (human, machine_start, ...), empty without one;
    `seconds` is None where no duration is told. Times are aware UTC, by the carrier's clock.
    Source of the statuses: twilio-oai, spec/json/twilio_api_v2010.json @d50069b, `call_enum_status`.
    """

    carrier: str
    status: str
    codes: tuple[str, ...] = ()
    answered_by: str = ""
    seconds: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        """Take numbers out of the carrier's own words."""
        for name in ("status", "answered_by"):
            object.__setattr__(self, name, plain_word(getattr(self, name)))
        object.__setattr__(self, "codes", tuple(map(plain_word, self.codes)))

    @property
    def is_open(self) -> bool:
        """Tell whether the call may still ring, or is up."""
        return self.status in OPEN

    @property
    def was_answered(self) -> bool:
        """Tell whether anything says that somebody, or a machine, took the call; one such word is enough."""
        return self.status == "completed" or bool(self.answered_by) or (self.seconds or 0) > 0

    @property
    def was_taken(self) -> bool:
        """Tell whether the call is over and was answered."""
        return self.was_answered and not self.is_open

    @property
    def words(self) -> str:
        """Return the raw word as it is quoted in a sentence: status, code, who took it, how long."""
        told = (
            self.status,
            f"error {' '.join(self.codes)}" if self.codes else "",
            f"answered by {self.answered_by}" if self.answered_by else "",
            f"{self.seconds} s" if self.seconds else "",
        )
        return ", ".join(part for part in told if part)

    def as_json(self) -> dict[str, Any]:
        """Return it as the ledger keeps it."""
        return {
            "carrier": self.carrier,
            "status": self.status,
            "codes": list(self.codes),
            "answered_by": self.answered_by,
            "seconds": self.seconds,
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
        }


def carrier_call(kept: Mapping[str, Any]) -> CarrierCall:
    """Return what the ledger has kept."""
    times = {
        name: datetime.fromisoformat(kept[name]) for name in ("started_at", "ended_at") if kept.get(name)
    }
    return CarrierCall(
        kept["carrier"],
        kept["status"],
        tuple(kept["codes"]),
        kept["answered_by"],
        kept["seconds"],
        **times,
    )
