"""Whom a recovery has kept back for a person to decide about, and under which state of the list."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.calling.caps import is_spent
from models.canonical import digest
from models.enums import Action, DispatchState, Disposition
from models.policy.policy import Policy
from models.tables.ledger import Planned

DOUBTS = frozenset({Disposition.AMBIGUOUS, Disposition.UNKNOWN, Disposition.OPERATOR, Disposition.IN_FLIGHT})
"""What a person can know better than the platform shows."""
HANDED_OVER = frozenset({DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value})
_LOST = "handed over in wave {wave}, and whether the platform took that is not known"
_UNTOLD = "handed over in wave {wave}, and nothing tells what became of the call"


@dataclass(frozen=True, slots=True)
class KeptBack:
    """One contact that waits for a person, why, and what no decision overrides."""

    row: int
    contact_id: str
    phone: str
    about: Disposition
    code: str
    why: str
    rule: str = ""
    """The rule that keeps the contact back whatever is decided; empty where only doubt does."""

    def is_of(self, reason: str) -> bool:
        """Tell whether a reason, a disposition or a platform's own code, is this contact's."""
        return reason in {self.about.value, self.code}


def kept_back(row: Planned, policy: Policy) -> KeptBack | None:
    """Return a contact of an ended recovery as it waits for a person, None where it does not."""
    about = _about(row)
    if about is None:
        return None
    code = row.outcome_code if row.outcome else row.code
    rule = _rule(row, about, policy)
    return KeptBack(row.row, row.contact_id, row.phone or "", about, code, _why(row), rule)


def _about(row: Planned) -> Disposition | None:
    if row.action in {Action.HOLD.value, Action.WAIT.value}:
        return Disposition(row.disposition)
    if row.outcome:
        outcome = Disposition(row.outcome)
        return outcome if outcome in DOUBTS else None
    return Disposition.AMBIGUOUS if row.state in HANDED_OVER else None


def _why(row: Planned) -> str:
    if row.outcome:
        return row.outcome_why or row.why
    if row.state in HANDED_OVER:
        words = _LOST if row.state == DispatchState.UNKNOWN.value else _UNTOLD
        return words.format(wave=row.wave)
    return row.why


def _rule(row: Planned, about: Disposition, policy: Policy) -> str:
    if about not in DOUBTS:
        return row.why
    attempts = row.attempts + (row.state in HANDED_OVER)
    if is_spent(attempts, policy.max_attempts):
        return f"the budget of {policy.max_attempts} attempts is used up"
    return "" if row.phone else "the row holds no phone number"


def not_kept_back(row: Planned) -> str:
    """Say why nobody has to decide about a contact."""
    if row.outcome:
        return f"its redial ended {row.outcome}"
    if row.state == DispatchState.SKIPPED.value:
        return f"it was left out ({row.outcome_why}), and the next recovery plans it anew"
    if row.action == Action.DROP.value:
        return f"it is {row.disposition}: {row.why}"
    return "the next recovery plans it anew"


def state_of(recovery_id: str, people: Iterable[KeptBack], decided: Iterable[int]) -> str:
    """Return SHA-256 over the list as it is shown: whom, why, and which decisions stand about them."""
    lines = [[one.row, one.contact_id, one.about.value, one.code, one.why] for one in people]
    return digest({"v": 1, "recovery": recovery_id, "people": lines, "decided": sorted(decided)})


def groups(people: Iterable[KeptBack]) -> list[tuple[str, int, str]]:
    """Return each reason with how many it keeps back, as a disposition, a count and a clause; most first."""
    found: dict[tuple[str, str], int] = {}
    for one in people:
        key = (one.about.value, one.why)
        found[key] = found.get(key, 0) + 1
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [(about, count, why) for (about, why), count in ordered]
