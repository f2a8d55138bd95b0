"""One trial of the adversary: a recovery on a platform that keeps its format and nothing else, judged.

It may die, be gone on with from an older copy of its ledger, and be resumed by a person who does as it asks.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from models.enums import State, Unit
from models.tables.ledger import Recovery
from tasks.ledger import plans, recoveries
from tasks.ledger.database import restores
from tasks.ledger.errors import NothingToDecideError
from tests.chaos.faces import life
from tests.chaos.faces.adversity import MEANWHILE, drawn
from tests.chaos.faces.carried import TOLD, after_the_carriers_word, heard, hide, is_heard, listen
from tests.chaos.faces.meddling import meddle
from tests.chaos.faces.strangers import after_a_stranger
from tests.chaos.faces.trial import CONTACTS, RIGHT_ENDS
from tests.chaos.kills.trial import COMMITTED, OLD_BOOKS
from tests.conformance.suite.faces import Face
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.run import folder
from tests.conformance.suite.site import Site
from tests.invariants import Breach
from tests.invariants.earned import earn_absence

LATER = 3600.0
MOST_LIVES = 8
RESTORED, RETRIED = "restored ledger", f"{MEANWHILE} retry_job"
UNREADABLE = ("answer_429", "malformed_json", "page_cut", "page_ends", "no_permission", "redirect")
"""What would keep the judge from reading the job."""
POINTS = (life.BEFORE, life.AFTER, COMMITTED, "audit.append", "wave.before_send", "wave.after_send")
"""Where a process dies under adversity; the kills themselves play every point."""


@dataclass(frozen=True, slots=True)
class Adverse:
    """What came of a trial: how it ended, who was called, what struck how often, and what was broken."""

    platform: str
    seed: int
    deaths: tuple[str, ...]
    went_back: bool
    ends: tuple[str, ...]
    called: int
    struck: dict[str, int] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()


def attempt(face: Face, seed: int) -> Adverse:
    """Play the adversity of a seed on a platform until the recovery rests, and judge what it left."""
    with folder() as at:
        _begin(face, at, seed)

        def befall(site: Site) -> None:
            meddle(site)
            if is_heard(face, seed):
                listen(site, at)

        deaths, went_back = list[str](), False
        for fault, copy in _faults(face, seed):
            if life.live(face, at, fault, copy, befall):
                deaths.append(fault)
            went_back = life.put_back(at) or went_back
            if not _gone_on_with(face, at):
                break
        outcome = _judged(face, at, seed, tuple(deaths), went_back=went_back)
        return _recovered_again(face, at, outcome, befall) if is_heard(face, seed) else outcome


def _recovered_again(face: Face, at: Path, outcome: Adverse, befall: life.Befall) -> Adverse:
    """Let the job be recovered once more: whom the carrier has told of is nobody's next."""
    life.live(face, at, befall=befall)
    site, told = life.load(face, at), heard(at)
    found = tuple(after_the_carriers_word(site, told))
    site.close()
    struck = outcome.struck | ({TOLD: len(told)} if told else {})
    return replace(outcome, struck=struck, breaches=outcome.breaches + found)


def _begin(face: Face, at: Path, seed: int) -> None:
    life.begin(face, at, seed, CONTACTS)
    site = life.load(face, at)
    site.here.scene.world.faults.all += drawn(face, seed)
    if is_heard(face, seed):
        hide(site, seed)
    # Of a platform that never shows our names as they were, no ledger has learned what absence is worth.
    if seed % 2 and not site.here.scene.world.faults.stands("names"):
        earn_absence(site.ledger, site.runtime.workspace, face.platform)
    life.keep(site, at)
    site.close()


def _faults(face: Face, seed: int) -> Iterator[tuple[str, str]]:
    """Name where each life dies, and where the ledger is copied that the next one goes on with."""
    dice = Random(f"adverse/{face.name}/{seed}")
    copy = f"{COMMITTED}:{dice.randint(1, 40)}" if dice.random() < 0.3 else ""
    for n in range(MOST_LIVES):
        dies = n < 2 and dice.random() < 0.5
        yield f"{dice.choice(POINTS)}:{dice.randint(1, 6)}" if dies else "", copy if n == 0 else ""


def _gone_on_with(face: Face, at: Path) -> bool:
    """Let a person do what the recovery asks for; False where it has come to its end."""
    site = life.load(face, at)
    try:
        return _answered(site)
    finally:
        life.keep(site, at)
        site.close()


def _answered(site: Site) -> bool:
    ran = recoveries.of_job(site.ledger, site.job_key)
    newest = ran[-1] if ran else None
    if newest is None or newest.state == State.RUNNING.value:
        return True
    if newest.state == State.AWAITING_APPROVAL.value:
        with suppress(NothingToDecideError):  # a ledger that was put back makes another plan first
            recoveries.decide(site.ledger, newest.id, approved=True, by="Ida", reason="looked at it")
        return True
    if not newest.resumable:
        return False
    if "confirm-restored" in newest.next_action:
        _confirm_restored(site)
    site.clock.sleep(LATER)
    return True


def _confirm_restored(site: Site) -> None:
    """Do as a person who has looked up every call that was made, and put it on the list."""
    workspace = site.runtime.workspace
    with site.ledger.write() as session:
        called = sorted(site.dialled)
        plans.suppress(session, workspace, called, "called since the copy", site.ledger)
    restores.confirm_opt_outs(site.ledger, workspace, "Ana")
    restores.confirm_calls(site.ledger, workspace, "Ana")


def _judged(face: Face, at: Path, seed: int, deaths: tuple[str, ...], *, went_back: bool) -> Adverse:
    site = life.load(face, at)
    site.land()
    ran = recoveries.of_job(site.ledger, site.job_key)
    struck = Counter(site.here.scene.world.faults.strikes())
    struck += Counter({RESTORED: int(went_back)})
    for name in UNREADABLE:
        site.here.scene.world.faults.lift(name)
    found = [*breaches(site), *_wrong_end(site, ran, struck)]
    if face.capabilities.unit is Unit.CALL:
        found += after_a_stranger(site)
    if went_back:
        found = [one for one in found if not any(words in one.message for words in OLD_BOOKS)]
    told = Adverse(
        face.name,
        seed,
        deaths,
        went_back,
        tuple(one.state for one in ran),
        site.dialled.total(),
        dict(struck),
        tuple(found),
    )
    site.close()
    return told


def _wrong_end(site: Site, ran: list[Recovery], struck: Mapping[str, int]) -> Iterator[Breach]:
    """Nothing to do is a right end only where that is so: all were called, or people went on with the job."""
    end = ran[-1].state if ran else "none"
    through = any(one.state == State.RECOVERED.value for one in ran[:-1])
    through = through or RETRIED in struck or (RESTORED in struck and _all_called(site))
    if end not in RIGHT_ENDS and not (end == State.HEALTHY.value and through):
        yield Breach("end", f"The recovery ended {end}.")


def _all_called(site: Site) -> bool:
    called = {one.row.phone for one in site.here.world.calls.values()}
    return all(row.phone in called for row in site.here.scene.job.rows)
