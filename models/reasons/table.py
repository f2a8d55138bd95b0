"""The reason tables: what a published reason means for redialling."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from models.enums import Disposition
from models.platform import Reason
from models.reasons.ids import identify
from models.reasons.index import Index, code_range, key
from models.reasons.kinds import is_auth_or_balance, is_caller_flagged, is_invalid_number, is_mid_call_fault
from models.reasons.overrides import Override, OverrideError, parse_overrides
from models.reasons.precedence import choose
from models.reasons.rows import packaged_rows
from models.reasons.ruling import REDIALS, Reached, Ruling, unknown
from models.reasons.texts import carrier_code, own_fault, told_by_text
from models.reasons.vapi import derive

__all__ = [
    "Override",
    "OverrideError",
    "ReasonTable",
    "Ruling",
    "is_auth_or_balance",
    "is_caller_flagged",
    "is_invalid_number",
    "is_mid_call_fault",
    "parse_overrides",
]

_OWN_WHY = "the workspace's own table says so"
_CERTAIN: dict[Disposition, Reached] = {Disposition.REACHED: "yes"}
_CARRIER_CODE = re.compile(r"[1-9]\d{4}")
MOST_KNOWN = 10_000
"""Reasons of which a table remembers what they mean: texts may differ from call to call."""
_OPEN = frozenset({Disposition.IN_FLIGHT, Disposition.AMBIGUOUS, Disposition.UNKNOWN})


@dataclass(frozen=True, slots=True)
class ReasonTable:
    """Every reason that is known, packaged and the workspace's own; the workspace's own rows go first."""

    rows: Index
    own: Index
    known: dict[Reason, Ruling] = field(default_factory=dict, compare=False, repr=False)
    """What was looked up already: most calls of a job end in a few ways."""

    @classmethod
    def packaged(cls) -> "ReasonTable":
        """Return the table as it comes with ringback, read once."""
        return _packaged()

    def with_overrides(self, rows: Iterable[Override]) -> "ReasonTable":
        """Return a table in which a workspace's rows replace or extend the packaged ones.

        Raises OverrideError where a row makes a redial of a reason that reaches the person and does not say
        that this is wrong.
        """
        fresh = [self._overridden(row) for row in rows]
        return ReasonTable(self.rows, Index.of([*self.own.exact.values(), *fresh]))

    def rule(self, reasons: Sequence[Reason]) -> Ruling:
        """Return what all the reasons of one call mean together; unknown means hold."""
        return choose(ruling for reason in reasons for ruling in self._rulings(reason))

    def look_up(self, reason: Reason) -> Ruling:
        """Return what one reason means by itself; a text that knows more than its code goes first."""
        found = self.known.get(reason)
        if found is None:
            found = self._look_up(reason)
            if len(self.known) < MOST_KNOWN:
                self.known[reason] = found
        return found

    def _look_up(self, reason: Reason) -> Ruling:
        if told := self._told(reason):
            return told
        own = self._find(*identify(reason)) or self._handed_through(reason)
        fault = own_fault(reason)
        if fault and (own is None or own.system == fault[0]):
            own = self._find(*fault) or own
        return own or unknown(reason)

    def _rulings(self, reason: Reason) -> Iterator[Ruling]:
        yield self.look_up(reason)
        if (handed := carrier_code(reason)) and (found := self._find(*handed)):
            yield replace(found, guessed=True)

    def _told(self, reason: Reason) -> Ruling | None:
        system, code = key(reason.system, reason.code)
        if self.own.find(system, code):
            return None  # the workspace has said what this code means
        asked = told_by_text(reason)
        if asked is None or identify(reason) != (system, code):
            return None
        told = self._find(*identify(Reason(*asked, reason.text)))
        return replace(told, guessed=True) if told else unknown(reason)

    def _handed_through(self, reason: Reason) -> Ruling | None:
        system, code = key(reason.system, reason.code)
        own_system = system in {"sip", "q850"} or not _CARRIER_CODE.fullmatch(code)
        return None if own_system else self._find("twilio", code)

    def _find(self, system: str, code: str) -> Ruling | None:
        found = self.own.find(system, code) or self.rows.find(system, code)
        if found is None and system == "vapi":
            return derive(code, lambda status: self._find("sip", status))
        return found

    def _overridden(self, row: Override) -> Ruling:
        base = self.look_up(Reason(row.system, row.code))
        reached = row.reached or _CERTAIN.get(row.disposition) or (base.reached if base.known else None)
        if row.disposition in REDIALS and (reached == "yes" or self._spans_reached(row)):
            raise OverrideError(
                f"{_place(row)} makes {row.system} {row.code} a redial ({row.disposition}), and by the table "
                "that reason reaches the person; write 'no' in the column 'reached' if that is wrong."
            )
        return Ruling(
            disposition=row.disposition,
            reached=reached or ("maybe" if row.disposition in _OPEN else "no"),
            system=row.system,
            code=row.code,
            name=row.name or (base.name if base.known else row.code),
            why=row.why or _OWN_WHY,
            overridden=True,
        )

    def _spans_reached(self, row: Override) -> bool:
        span = code_range(row.system, row.code) if row.reached is None else None
        return span is not None and any(
            span.holds(*key) for key, ruling in self.rows.exact.items() if ruling.reached == "yes"
        )


@cache
def _packaged() -> ReasonTable:
    return ReasonTable(Index.of(packaged_rows()), Index.of(()))


def _place(row: Override) -> str:
    return f"Line {row.line}" if row.line else "A row"
