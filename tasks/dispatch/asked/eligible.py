"""The answer to a platform that asks before a call: a yes only for who is to be called, and only once."""

from functools import lru_cache
from pathlib import Path

from models.calling.rule import Facts, Try, earliest, is_on
from models.contacts.phones.normalise import spellings_of
from models.handovers.predial import Question, Standing, why_not
from models.handovers.tables import person
from models.policy.policy import Policy
from models.tables.ledger import Planned
from tasks.dispatch.calling_hours import reach
from tasks.ledger import recoveries
from tasks.ledger.database import restores
from tasks.ledger.people import granted
from tasks.ledger.people.dialled import dialled
from tasks.ledger.people.granted import Asked, WaveName
from tasks.ledger.store import Ledger
from tasks.marks import struck
from tasks.triage.suppression import UnreadableListError, from_file


def refusal(ledger: Ledger, whose: WaveName, question: Question, opted_out: Path | None) -> str:
    """Say why a call may not be made, empty where it may, and is then written down as granted.

    Reads one wave, one contact and what was dialled to one number, whatever the ledger holds. Raises
    LedgerError or UnreadableListError where it cannot be known: that is no yes either.
    """
    phone = person(question.phone, None)
    asked = granted.about(ledger, whose, phone)
    if asked is None or asked.row is None:
        struck("predial.stranger")
        return why_not(question, _nobody(asked))
    if why := why_not(question, _standing(ledger, asked, asked.row, opted_out)):
        struck("predial.refused")
        return why
    if not granted.grant(ledger, whose, question, phone):
        struck("predial.moved")
        return "what was asked about has changed meanwhile"
    return ""


def _nobody(asked: Asked | None) -> Standing:
    if asked is None:
        return Standing()
    return Standing(asked.wave_is_out, asked.recovery_goes_on, asked.wave.platform_job)


def _standing(ledger: Ledger, asked: Asked, row: Planned, opted_out: Path | None) -> Standing:
    phone, workspace = row.phone or "", asked.recovery.workspace
    policy = recoveries.policy_of(asked.recovery)
    now = ledger.clock.now()
    started = asked.recovery.started_at
    since = min(started, now - reach(policy)) if is_on(policy) else started
    others = dialled(ledger, workspace, [phone], since, but=asked.recovery.id).get(phone, ())
    listed = granted.is_suppressed(ledger, workspace, phone)
    return Standing(
        wave_is_out=asked.wave_is_out,
        recovery_goes_on=asked.recovery_goes_on,
        campaign_id=asked.wave.platform_job,
        in_wave=asked.in_wave,
        granted=asked.granted,
        opt_outs_known=restores.opt_outs_known(ledger, workspace),
        suppressed=listed or _is_in_file(opted_out, policy.default_region, phone),
        called_elsewhere=any(one.at >= started for one in others),
        may_be_called_now=_is_open(policy, row, others, ledger),
    )


def _is_open(policy: Policy, row: Planned, others: tuple[Try, ...], ledger: Ledger) -> bool:
    if not is_on(policy):
        return True
    facts = Facts.from_json(row.calling) if row.calling else Facts()
    now = ledger.clock.now()
    return earliest(facts.also(others), now, policy).at == now


def _is_in_file(path: Path | None, region: str | None, phone: str) -> bool:
    if path is None:
        return False
    try:
        found = path.expanduser().stat()
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "no such home folder"
        raise UnreadableListError(f"The opt-out list {path} cannot be read ({why}).") from None
    listed = _listed(path, region, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    return not listed.isdisjoint(spellings_of(phone))


@lru_cache(maxsize=8)
def _listed(path: Path, region: str | None, _as_it_is: tuple[int, ...]) -> frozenset[str]:
    """Return the numbers of a list in every spelling; the same file is read once."""
    return frozenset(spelling for one in from_file(path, region) for spelling in spellings_of(one))
