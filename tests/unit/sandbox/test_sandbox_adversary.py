"""The sandbox's adversary: what the published format leaves open, as switches and drawn at random."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from deployments.sandbox.engine.adversary import LONGEST_CREATE, random_adversary
from deployments.sandbox.engine.entities import Agent, Job, JobSubmission
from deployments.sandbox.engine.faults import WORDS, Faults, make_fault
from deployments.sandbox.engine.moves import MOVES, make_move, newest_wave
from deployments.sandbox.engine.people import same_phone
from deployments.sandbox.in_memory.platform import FakePlatform, open_fake
from deployments.sandbox.scenarios import Scene
from deployments.sandbox.wire.listing import Page, page
from models.enums import ContactStatus
from models.plan.markers import VARIABLE, marker_of
from models.platform import (
    Capacity,
    Contact,
    Draft,
    InvalidResponseError,
    PlatformError,
    SubmitOutcomeUnknownError,
    SubmitRefusedError,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
AGENT = Agent("agent_1", "Renewals agent")
SEEDS = range(300)


def opened(scene: str = "dead-dispatcher", *faults: str, **options: object) -> tuple[FakePlatform, Scene]:
    """Open a world with faults that all take the same options."""
    fake, told = open_fake(scene, 1, contacts=20)
    told.world.faults.all += [make_fault(name, **options) for name in faults]
    return fake, told


def draft(fake: FakePlatform, told: Scene, marker: str = "rb-r1-1", count: int = 3) -> Draft:
    """Return a wave for the first people of the source, with its marker in their variables."""
    rows = list(fake.list_contacts(told.job.id))[:count]
    data = {"dynamic_variables": {VARIABLE: marker}}
    contacts = tuple(Contact(row.id, row.phone, ContactStatus.NOT_DIALED, "", payload=data) for row in rows)
    return Draft(marker, fake.get_job(told.job.id), contacts, 3)


def jobs(count: int) -> list[Job]:
    """Return jobs as a listing has them, newest first; the names are in no order."""
    found = [
        Job(f"job_{n:03d}", JobSubmission(f"{n * 7 % count:03d}", AGENT, "", ()), float(n), 0, 0)
        for n in range(count)
    ]
    return found[::-1]


def walk(items: list[Job], faults: Faults, most: int = 50) -> tuple[list[str], Page[Job]]:
    """Read pages up to the documented end, or `most` of them, and return the ids and the last page."""
    found: list[str] = []
    cursor = None
    for _ in range(most):
        part = page(items, cursor, 100, faults)
        found += [job.id for job in part.items]
        if not part.more and not part.cursor:
            break
        cursor = part.cursor
    return found, part


@pytest.mark.parametrize("ends", [None, "unsaid", "unsaid_cursor", "repeat"])
@pytest.mark.parametrize("size", [1, 3, 10, 100])
@pytest.mark.parametrize("order", [None, *WORDS["list_order"]])
def test_a_listing_that_ends_holds_everything_once(order: str | None, size: int, ends: str | None) -> None:
    """Whatever the order and the size: who reads to the documented end has everything, repeats aside."""
    wanted = {"list_order": order and {"word": order}, "page_ends": ends and {"word": ends}}
    faults = Faults("seed", [make_fault(name, **options) for name, options in wanted.items() if options])
    faults.add(make_fault("page_size", n=size))
    found, last = walk(jobs(10), faults)
    assert set(found) == {job.id for job in jobs(10)}
    assert len(found) == 10 + (min(size, 10 - size) if ends == "repeat" and size < 10 else 0)
    assert last.cursor is None
    assert last.more is (None if ends and ends.startswith("unsaid") else False)


def test_orders_differ_and_a_shuffle_differs_each_time() -> None:
    """Oldest first, by name, and another order on every request."""
    every = jobs(20)
    by = {
        word: walk(every, Faults("s", [make_fault("list_order", word=word)]))[0]
        for word in ("oldest", "name")
    }
    assert by["oldest"] == [job.id for job in reversed(every)]
    assert by["name"] == [job.id for job in sorted(every, key=lambda job: job.order.name)]
    shuffled = Faults("s", [make_fault("list_order", word="shuffled")])
    assert walk(every, shuffled)[0] != walk(every, shuffled)[0]


@pytest.mark.parametrize("ends", ["nowhere", "endless"])
def test_a_listing_without_an_end_goes_on_and_on(ends: str) -> None:
    """There is always more and always a cursor; only one of them shows anything new in the end."""
    found, last = walk(
        jobs(4), Faults("s", [make_fault("page_ends", word=ends), make_fault("page_size", n=2)])
    )
    assert (last.more, bool(last.cursor)) == (True, True)
    assert len(found) == (4 if ends == "nowhere" else 100)


def test_a_cursor_can_be_one_that_nothing_knows() -> None:
    """The cursor of a page is refused by the very next request."""
    with pytest.raises(LookupError):
        walk(jobs(4), Faults("s", [make_fault("page_ends", word="unknown")]))


@pytest.mark.parametrize("ends", ["nowhere", "unknown", "endless"])
def test_the_platform_in_memory_believes_no_listing_without_an_end(ends: str) -> None:
    """It raises what an adapter raises, and reading the first pages is not enough."""
    fake, _ = opened("dead-dispatcher", "page_ends", word=ends)
    with pytest.raises(InvalidResponseError, match="without an end"):
        list(fake.list_jobs(LONG_AGO))


@pytest.mark.parametrize(
    ("word", "n", "shown"),
    [("cut", 7, "rb-r1-1"[:7]), ("cut", 4, "rb-r"), ("upper", 0, "RB-R1-1"), ("replaced", 0, "Batch call")],
)
def test_a_name_comes_back_changed_everywhere(word: str, n: int, shown: str) -> None:
    """In the answer to the submit, in the job and in the listing; the truth keeps the whole name."""
    fake, told = opened("dead-dispatcher", "names", word=word, n=n)
    made = fake.create_job(draft(fake, told))
    listed = [job.name for job in fake.list_jobs(LONG_AGO) if job.id == made.id]
    assert made.name.startswith(shown)
    assert [made.name] == listed == [fake.get_job(made.id).name]
    assert told.world.jobs[made.id].order.name == "rb-r1-1"


def test_markers_of_today_are_short_enough_for_forty_characters() -> None:
    """What the sandbox cuts at forty leaves a marker whole."""
    fake, told = opened("dead-dispatcher", "names", word="cut", n=40)
    marker = marker_of("r_0123456789ab", 12)
    assert fake.create_job(draft(fake, told, marker)).name == marker


def test_each_job_stays_unseen_for_a_time_of_its_own() -> None:
    """Delays drawn at random differ from job to job and stay between two fifths and all of the longest."""
    fake, told = opened("dead-dispatcher", "visibility_delay", word="random", seconds=10)
    waits = [told.world.submit(told.job.order).visible_at - told.world.now for _ in range(30)]
    assert all(4 <= wait <= 10 for wait in waits)
    assert len(set(waits)) == 30
    assert len(list(fake.list_jobs(LONG_AGO))) == 1


@pytest.mark.parametrize(("seconds", "gives_up"), [(5, False), (29, False), (42, True), (90, True)])
def test_a_create_can_take_longer_than_anybody_waits(seconds: int, gives_up: bool) -> None:
    """The client gives up after thirty seconds; the job is there when its time has come, and once."""
    fake, told = opened("dead-dispatcher", "slow_create", seconds=seconds)
    began = fake.clock.now()
    if gives_up:
        with pytest.raises(SubmitOutcomeUnknownError, match="in time"):
            fake.create_job(draft(fake, told))
        assert fake.clock.now() - began == timedelta(seconds=30)
        assert [job.name for job in fake.list_jobs(LONG_AGO)] == ["Spring renewals"]
        fake.clock.sleep(seconds - 30)
    else:
        fake.create_job(draft(fake, told))
    (made,) = [job for job in fake.list_jobs(LONG_AGO) if job.name == "rb-r1-1"]
    assert made.created_at - began == timedelta(seconds=seconds)


@pytest.mark.parametrize(("word", "told_by_counter"), [("dialled", 3), ("handed", 3), ("silent", 0)])
def test_rows_can_be_dialled_while_a_job_is_cancelled_and_nothing_shows_it(
    word: str, told_by_counter: int
) -> None:
    """The counter tells, or not even that; no row and no call does, and the people were called."""
    fake, told = opened("dead-dispatcher", "hidden_dispatch", on="cancel", word=word, seconds=30)
    before, dials = fake.get_job(told.job.id), len(told.world.calls)
    fake.stop_job(told.job.id)
    fake.clock.sleep(600)
    after = fake.get_job(told.job.id)
    assert after.dispatched - before.dispatched == told_by_counter
    assert len(told.world.calls) == dials + 3
    known = {row.call_id for row in fake.list_contacts(told.job.id) if row.call_id}
    assert list(fake.list_calls(after, LONG_AGO, frozenset(known))) == []
    make_move(told, "reveal")
    assert len(list(fake.list_calls(after, LONG_AGO, frozenset(known)))) == 3


def test_the_counter_can_tell_of_calls_before_anybody_looks() -> None:
    """Every row that was dialled reads pending; the counter tells more than the rows."""
    fake, told = opened()
    before = fake.get_job(told.job.id).dispatched
    make_move(told, "hidden_calls", n=3)
    rows = list(fake.list_contacts(told.job.id))
    assert fake.get_job(told.job.id).dispatched == before + 3
    assert sum(row.call_id is not None for row in rows) == before
    assert sum(call.hidden for call in told.world.calls.values()) == 3


def test_rows_come_back_with_other_ids_and_numbers() -> None:
    """A wave's rows have ids of the platform's own and numbers without a plus; the truth keeps ours."""
    fake, told = opened("dead-dispatcher", "new_ids", "numbers")
    wave = draft(fake, told)
    made = fake.create_job(wave)
    rows = list(fake.list_contacts(made.id))
    assert {row.id for row in rows}.isdisjoint({row.id for row in wave.contacts})
    assert [row.phone for row in rows] == [(row.phone or "").lstrip("+") for row in wave.contacts]
    assert [row.asked_id for row in told.world.jobs[made.id].rows] == [row.id for row in wave.contacts]


@pytest.mark.parametrize("word", WORDS["numbers"])
def test_every_spelling_is_the_same_phone(word: str) -> None:
    """Without a plus, in groups, or as at home: the same person."""
    fake, told = opened("dead-dispatcher", "numbers", word=word)
    for shown, row in zip(fake.list_contacts(told.job.id), told.job.rows, strict=True):
        assert shown.phone != row.phone
        assert same_phone(shown.phone or "") == same_phone(row.phone)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+54 9 11 2345 6789", "+54 11 2345 6789"),
        ("+52 1 55 1234 5678", "+52 55 1234 5678"),
        ("+55 11 91234 5678", "+55 11 1234 5678"),
        ("+61491570006", "0491 570 006"),
    ],
)
def test_one_person_however_written(one: str, other: str) -> None:
    """The truth counts a person once: a mobile digit more or less is the same line."""
    assert same_phone(one) == same_phone(other)
    assert same_phone(one) != same_phone("+61491570007")


def test_markers_come_back_in_variables_of_rows_and_calls() -> None:
    """The variable that holds the marker is shown by rows and calls, also in the form of the output model."""
    fake, told = opened("dead-dispatcher", "output_model")
    make_move(told, "secret_rows")
    made = fake.create_job(draft(fake, told))
    assert {row.marker for row in fake.list_contacts(made.id)} == {"rb-r1-1"}
    fake.clock.sleep(600)
    calls = list(fake.list_calls(fake.get_job(made.id), LONG_AGO, frozenset()))
    assert {call.marker for call in calls} == {"rb-r1-1"}
    shown = next(iter(fake.list_contacts(told.job.id))).payload
    assert shown["dynamic_variables"]["secret__pin"] == "<redacted>"
    assert shown["tool_mock_config"] is None


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_cancel_can_be_refused_because_the_job_is_over(status: int) -> None:
    """A second cancel is refused with a status of the platform's choice; over is stopped."""
    fake, told = opened("dead-dispatcher", "cancel_over", n=status)
    fake.stop_job(told.job.id)
    fake.stop_job(told.job.id)
    assert told.world.faults.strikes()["cancel_over"] == 1
    assert fake.get_job(told.job.id).status.is_over


@pytest.mark.parametrize(
    ("name", "over"), [("cancel_then_500", True), ("cancel_lost", False), ("cancel_late", False)]
)
def test_a_cancel_can_be_answered_as_it_was_not_meant(name: str, over: bool) -> None:
    """After an error the job may be over, after an answer it may go on."""
    fake, told = opened("dead-dispatcher", name, seconds=60)
    fake.stop_job(told.job.id)
    assert fake.get_job(told.job.id).status.is_over == over
    fake.clock.sleep(61)
    assert fake.get_job(told.job.id).status.is_over == (name != "cancel_lost")


def test_what_a_scoped_key_may_not_read_is_left_out() -> None:
    """The platform in memory does as adapters do: it says that it does not know."""
    fake, told = opened("fell-short")
    every = ("/live-count", "/agents/", "/phone-numbers", "/sip-messages")
    told.world.faults.all += [make_fault("no_permission", on=part) for part in every]
    job = fake.get_job(told.job.id)
    assert fake.get_capacity() == Capacity(live=None)
    config = fake.get_config(job)
    assert (config.agent_exists, config.number_exists) == (None, None)
    shown = {r.system for row in told.job.rows if row.call for r in fake.get_call(row.call.id).reasons}
    told.world.faults.lift("no_permission")
    whole = {r.system for row in told.job.rows if row.call for r in fake.get_call(row.call.id).reasons}
    assert whole - shown == {"q850"}


def test_others_use_the_workspace_too() -> None:
    """Their conversations count as live and fill the listing; their jobs start; none of them is ours."""
    fake, told = opened("dead-dispatcher", "foreign_live", n=4)
    told.world.faults.add(make_fault("foreign_calls", n=250))
    job = fake.get_job(told.job.id)
    assert fake.get_capacity().live == 4
    ours = sum(row.call_id is not None for row in fake.list_contacts(job.id))
    assert len(list(fake.list_calls(job, LONG_AGO, frozenset()))) == ours
    other = make_move(told, "foreign_job", n=5)
    fake.clock.sleep(600)
    assert fake.get_job(other.id).dispatched == 5
    phones = {row.phone for row in told.job.rows}
    assert not phones & {row.phone for row in fake.list_contacts(other.id)}


@pytest.mark.parametrize(("move", "result"), [("answered_503", "answered"), ("voicemail_503", "voicemail")])
def test_a_person_can_be_reached_by_a_call_that_reads_failed(move: str, result: str) -> None:
    """The row and the error say 503; only the carrier's word tells, where the platform hands it on."""
    fake, told = opened("fell-short", "call_results")
    make_move(told, move, n=2)
    rows = [row for row in told.job.rows if row.call and row.call.outcome.key == move]
    assert [row.status for row in rows] == ["failed", "failed"]
    for row in rows:
        assert row.call is not None
        call = fake.get_call(row.call.id)
        assert (call.answered, call.result) == (False, result)
        assert told.world.people.at(row.phone).reached
    told.world.faults.lift("call_results")
    assert {fake.get_call(row.call.id).result for row in rows if row.call} == {None}


def test_a_campaign_calls_again_by_itself() -> None:
    """It owns the batch, its calls name it, and after a while it calls whom nobody has reached."""
    fake, told = opened()
    make_move(told, "campaign", seconds=300)
    assert fake.get_job(told.job.id).campaign_id
    fake.stop_job(told.job.id)
    fake.clock.sleep(299)
    fake.get_job(told.job.id)
    assert newest_wave(told) is told.job
    fake.clock.sleep(600)
    (later, _) = fake.list_jobs(LONG_AGO)
    assert later.dispatched == sum(row.call is None or not row.call.outcome.answered for row in told.job.rows)
    calls = list(fake.list_calls(later, LONG_AGO, frozenset()))
    assert {call.campaign_id for call in calls} == {later.campaign_id}


def test_a_paused_campaign_calls_nobody() -> None:
    """Who pauses it there has stopped it."""
    fake, told = opened()
    make_move(told, "campaign", seconds=300)
    make_move(told, "pause_campaign")
    fake.clock.sleep(600)
    assert len(list(fake.list_jobs(LONG_AGO))) == 1


@pytest.mark.parametrize(("n", "provider"), [(4, "sip_trunk"), (0, "whatsapp")])
def test_people_can_be_on_whatsapp(n: int, provider: str) -> None:
    """Their rows have no number; a whole job of them says so itself."""
    fake, told = opened()
    make_move(told, "whatsapp", n=n)
    rows = [row for row in fake.list_contacts(told.job.id) if row.phone is None]
    assert {row.channel for row in rows} == {"whatsapp"}
    assert len(rows) == (n or 20)
    assert fake.get_job(told.job.id).provider == provider


@pytest.mark.parametrize(
    ("asked", "pause"), [(0, 0.0), (40, 40.0), ("date", 30.0), ("soon", None), (None, None)]
)
def test_a_refusal_can_ask_for_any_pause(asked: int | str | None, pause: float | None) -> None:
    """Nothing, nought, seconds, a date, or what nobody can read."""
    fake, told = opened()
    wave = draft(fake, told)
    told.world.faults.add(make_fault("answer_429", retry_after=asked, on="/submit"))
    with pytest.raises(SubmitRefusedError) as refused:
        fake.create_job(wave)
    assert refused.value.retry_after == pause


def test_a_redirect_names_the_other_host() -> None:
    """A platform that sends callers elsewhere is not followed."""
    fake, told = opened("dead-dispatcher", "redirect")
    with pytest.raises(PlatformError, match=r"elsewhere\.example\.com"):
        fake.get_job(told.job.id)


@pytest.mark.parametrize("what", ["second_job", "retry_job", "delete_job"])
def test_people_act_on_the_platform_by_themselves(what: str) -> None:
    """A person calls everybody again, presses retry, or throws a job away."""
    fake, told = opened("fell-short")
    made = make_move(told, what)
    there = {job.id: job for job in fake.list_jobs(LONG_AGO)}
    assert (made.id in there) == (what != "delete_job")
    assert len(there) == {"second_job": 2, "retry_job": 1, "delete_job": 0}[what]
    assert told.job.retries == (what == "retry_job")


def test_a_wave_of_ours_can_be_retried_by_a_person() -> None:
    """The newest wave is found without its id."""
    fake, told = opened()
    made = fake.create_job(draft(fake, told))
    fake.clock.sleep(600)
    fake.get_job(made.id)
    assert make_move(told, "retry_job", newest_wave(told)).id == made.id
    assert fake.get_job(made.id).retries == 1


def test_an_unknown_move_or_word_is_refused_in_a_sentence() -> None:
    """A slip in a script is told, with what there is."""
    _, told = opened()
    with pytest.raises(ValueError, match="knows no move"):
        make_move(told, "dance")
    with pytest.raises(ValueError, match="takes no word"):
        make_fault("names", word="reversed")
    assert set(MOVES) >= {"second_job", "campaign", "hidden_calls"}


def test_an_adversary_is_the_same_for_the_same_seed() -> None:
    """A seed tells the whole platform; two seeds tell two."""
    assert random_adversary(7) == random_adversary(7)
    assert random_adversary(7) != random_adversary(8)


def test_every_trait_is_drawn_by_some_seed() -> None:
    """Nothing that is a switch is never drawn, and no draw is outside what the format or a client allows."""
    drawn = [fault for seed in SEEDS for fault in random_adversary(seed)]
    counted = Counter(fault.name for fault in drawn)
    missing = {"list_order", "page_ends", "names", "slow_create", "hidden_dispatch", "clock_skew"} - set(
        counted
    )
    assert not missing
    words = {(fault.name, fault.word) for fault in drawn}
    assert {("page_ends", word) for word in WORDS["page_ends"]} <= words
    assert {("names", word) for word in WORDS["names"]} <= words
    assert all(fault.seconds <= LONGEST_CREATE for fault in drawn if fault.name == "slow_create")
    assert all(fault.seconds <= 20 for fault in drawn if fault.name == "visibility_delay")


@pytest.mark.parametrize("seed", range(12))
def test_a_platform_under_any_adversary_calls_nobody_by_itself(seed: int) -> None:
    """Reading, submitting once and stopping under it dials each person of the wave at most once."""
    fake, told = open_fake("fell-short", seed, adversary=seed, contacts=20)
    before = len(told.world.calls)
    with suppress(PlatformError):  # an adversary may refuse any of it; what counts is who was called
        wave = draft(fake, told, count=2)
        made = fake.create_job(wave)
        fake.clock.sleep(600)
        fake.stop_job(made.id)
    fake.clock.sleep(600)
    told.world.advance(fake.clock.now().timestamp())
    later = [call for call in told.world.calls.values() if call.row.job is not told.job]
    assert max(Counter(call.row.phone for call in later).values(), default=0) <= 1
    assert len(told.world.calls) >= before
