"""A recovery of the people of a file calls nobody else, whoever goes on with it, and says who is left."""

from pathlib import Path

import pytest

from flows.triage import check_the_job
from models.disposition.only import OnlyPeople
from models.enums import Action, State
from models.report.people import PersonEnd
from tasks.contact_files.only import OnlyFileError, read_only_people
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries
from tasks.ledger.errors import OtherPeopleError
from tasks.ledger.leases import only_of
from tests.integration.recovery.test_told import ASK, Told, adds_up
from tests.integration.scenes import KEY

STRANGER = "+61491570999"


def undialled(stage: Told) -> list[str]:
    """Return the numbers that a recovery of everybody would redial."""
    ctx = stage.process()
    check_the_job(ctx)
    return [one.phone or "" for one in ctx.case.judged if one.action is Action.REDIAL]


def people_of(stage: Told, numbers: list[str], folder: Path) -> OnlyPeople:
    """Write a file of numbers, in the national spelling, and read it as the command line does."""
    path = folder / "people.csv"
    rows = [f"{n},0{number.removeprefix('+61')}" for n, number in enumerate(numbers)]
    path.write_text("name,phone\n" + "\n".join(rows) + "\n")
    return read_only_people(path, "AU", KEY.secret)


def test_only_the_people_of_the_file_are_redialled(tmp_path: Path) -> None:
    """Three of the file are called once each; everybody else is kept back with why; the counts add up."""
    stage = Told(tmp_path, "dead-dispatcher")
    wanted = undialled(stage)
    assert len(wanted) > 6
    chosen = wanted[2:5]
    ended = stage.run(only=people_of(stage, [*chosen, STRANGER], tmp_path))
    assert stage.dialled() == dict.fromkeys(chosen, 1)
    rows = {row.phone: row for row in plans.contacts(stage.ledger, ended.id)}
    held = [rows[number] for number in wanted if number not in chosen]
    assert {row.action for row in held} == {Action.HOLD.value}
    assert all(row.why.startswith("not in the file people.csv") for row in held)
    assert STRANGER not in rows
    assert stage.people(ended).of(PersonEnd.KEPT_BACK) >= len(held)
    adds_up(stage, ended)


def test_nobody_is_redialled_for_being_in_the_file(tmp_path: Path) -> None:
    """Whoever was reached, and whoever is no person of the job, is not called because a file names them."""
    stage = Told(tmp_path, "dead-dispatcher")
    wanted = undialled(stage)
    everybody = sorted({row.phone for row in stage.scene.job.rows})
    others = [number for number in everybody if number not in wanted]
    ended = stage.run(only=people_of(stage, [*others, STRANGER], tmp_path))
    assert not stage.dialled()
    assert ended.state != State.RECOVERED.value


def test_whoever_goes_on_is_bound_too(tmp_path: Path) -> None:
    """A run that continues the recovery without the file calls the same people: the ledger keeps them."""
    stage = Told(tmp_path, "dead-dispatcher", dict(ASK))
    chosen = undialled(stage)[:3]
    only = people_of(stage, chosen, tmp_path)
    waiting = stage.run(only=only)
    assert waiting.state == State.AWAITING_APPROVAL.value
    again = stage.run()
    assert (again.id, again.plan_hash) == (waiting.id, waiting.plan_hash)
    recoveries.decide(stage.ledger, waiting.id, approved=True, by="Kim", reason="read it")
    ended = stage.run()
    assert ended.id == waiting.id
    assert stage.dialled() == dict.fromkeys(chosen, 1)
    assert only_of(ended) == only


def test_the_hash_and_the_audit_tell_whom(tmp_path: Path) -> None:
    """Another file is another plan; the audit names the file, its hash and how many; no number is in it."""
    hashes = set()
    for n in (3, 4):
        (folder := tmp_path / str(n)).mkdir()
        stage = Told(folder, "dead-dispatcher", dict(ASK))
        chosen = undialled(stage)[:n]
        only = people_of(stage, chosen, folder)
        waiting = stage.run(only=only)
        hashes.add(waiting.plan_hash)
        (first, *_) = entries(stage.ledger, waiting.id)
        assert first.body["only"] == {"file": "people.csv", "sha256": only.sha256, "people": n}
        assert not [number for number in chosen if number[3:] in str(waiting.source)]
    assert len(hashes) == 2


@pytest.mark.strikes("leases.other_people")
def test_an_open_recovery_of_others_is_not_joined(tmp_path: Path) -> None:
    """Where one for others is open, asking for a file is refused, and nothing is changed."""
    stage = Told(tmp_path, "dead-dispatcher", dict(ASK))
    chosen = undialled(stage)
    waiting = stage.run()
    with pytest.raises(OtherPeopleError, match="for everybody of the job"):
        stage.run(only=people_of(stage, chosen[:3], tmp_path))
    assert recoveries.get(stage.ledger, waiting.id) == waiting
    recoveries.decide(stage.ledger, waiting.id, approved=False, by="Kim", reason="only some")
    bound = stage.run(only=people_of(stage, chosen[:3], tmp_path))
    with pytest.raises(OtherPeopleError, match=r"bound to the people of people\.csv"):
        stage.run(only=people_of(stage, chosen[:4], tmp_path))
    assert bound.id != waiting.id


def test_the_next_recovery_calls_the_others(tmp_path: Path) -> None:
    """Whoever was kept back for the file is nobody's loss: the next recovery redials them, once."""
    stage = Told(tmp_path, "dead-dispatcher")
    wanted = undialled(stage)
    first = stage.run(only=people_of(stage, wanted[:3], tmp_path))
    second = stage.run()
    assert second.id != first.id
    assert stage.dialled() == dict.fromkeys(wanted, 1)
    adds_up(stage, second)


@pytest.mark.parametrize("content", [b"", b"name\nAna\n", b"phone\nhello\n"])
def test_a_file_of_nobody_is_a_sentence(content: bytes, tmp_path: Path) -> None:
    """A file that names nobody who may be dialled starts no recovery."""
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(OnlyFileError, match=r"^people\.csv"):
        read_only_people(path, "AU", KEY.secret)
    with pytest.raises(OnlyFileError, match=r"^none\.csv"):
        read_only_people(tmp_path / "none.csv", "AU", KEY.secret)
