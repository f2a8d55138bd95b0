"""Calls: few requests beside whatever others do with the agent, and what a conversation says of its call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from models.platform import Call, Job
from tasks.marks import listen
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tests.fakes.odd_elevenlabs import (
    API,
    BATCH,
    MISSING,
    Odd,
    call_body,
    job_body,
    row_body,
    source,
    summary,
)  # fmt: skip

CALLS = f"{API}/conversations"


def foreign(odd: Odd, calls: int, ours: int = 6, *, narrow: str | None = None) -> Job:
    """Return the job of an agent with so many foreign conversations; `narrow` is a filter that is obeyed."""
    everyone = [summary(f"conv_f{n}") for n in range(calls)] + [summary(f"conv_{n}") for n in range(ours)]

    def listing(request: httpx.Request) -> httpx.Response:
        shown = everyone[calls:] if narrow and narrow in request.url.params else everyone
        at = int(request.url.params.get("cursor", "0"))
        more = at + 100 < len(shown)
        told = {
            "conversations": shown[at : at + 100],
            "has_more": more,
            "next_cursor": str(at + 100) if more else None,
        }
        return httpx.Response(200, json=told)

    def one(request: httpx.Request) -> httpx.Response:
        call_id = request.url.path.rpartition("/")[2]
        job_id = "btcal_other" if call_id.startswith("conv_f") else "btcal_1"
        return httpx.Response(200, json=call_body(call_id, job_id, status="done"))

    odd.on(CALLS, listing)
    odd.on(f"{CALLS}/*", one)
    return source(odd)


def listed(odd: Odd, platform: ElevenLabs, job: Job, known: int = 6) -> tuple[set[str], bool, int]:
    """Return what a listing found, whether it is complete, and how many requests it took."""
    before = odd.asked.total()
    found = platform.list_calls(job, job.created_at, frozenset(f"conv_{n}" for n in range(known)))
    return {call.id for call in found}, found.complete, odd.asked.total() - before


@dataclass
class Owners:
    """Whose calls are, kept from one sweep to the next."""

    kept: dict[str, str] = field(default_factory=dict)

    def of(self, call_ids: Sequence[str]) -> dict[str, str]:
        """Return those that are known."""
        return {one: self.kept[one] for one in call_ids if one in self.kept}

    def keep(self, found: Mapping[str, str]) -> None:
        """Note more of them."""
        self.kept.update(found)


def test_two_thousand_foreign_conversations_cost_pages_and_a_bound() -> None:
    """Six rows beside 2,000 calls of others: pages, then at most 200 reads, and the answer says it is cut."""
    odd = Odd()
    job, platform = foreign(odd, 2000), odd.open()
    with listen() as heard:
        found, complete, cost = listed(odd, platform, job)
    assert (found, complete) == (set(), False)
    assert cost <= 2 * 21 + 200
    assert heard["conversations.bound"] == 1
    assert "1,800 conversations that may belong to job btcal_1 were not read" in platform.gaps()


@pytest.mark.parametrize("narrow", ["phone_number_ids", "dynamic_variable_params"])
def test_a_filter_that_proves_itself_leaves_nothing_to_read(narrow: str) -> None:
    """Where a narrower listing shows every known call, what it leaves out is not ours; ours are found."""
    odd = Odd()
    job = replace(foreign(odd, 2000, narrow=narrow), name="rb-r-1")
    found, complete, cost = listed(odd, odd.open(), job, known=4)
    assert (found, complete) == ({"conv_4", "conv_5"}, True)
    assert cost == 21 + 1 + 2


def test_a_filter_that_hides_a_known_call_is_not_believed() -> None:
    """A platform that misreads the filter hides calls of ours too: then the bound cuts, and that is said."""
    odd = Odd()
    job = foreign(odd, 2000, narrow="phone_number_ids")
    known = frozenset({"conv_0", "conv_f1"})  # the filter will not show the second
    found = odd.open().list_calls(job, job.created_at, known)
    assert not found.complete


def test_foreign_calls_are_read_once_a_run() -> None:
    """Whose a call is does not change once it is over: a second look reads nobody of them again."""
    odd = Odd()
    job, platform = foreign(odd, 150), odd.open()
    assert listed(odd, platform, job) == (set(), True, 2 + 150)
    assert listed(odd, platform, job) == (set(), True, 2)


def test_jobs_looked_at_together_share_one_listing() -> None:
    """While many jobs are looked at conversations are listed once, and each job is told the same as alone."""
    odd, alone = Odd(), Odd()
    job, platform = foreign(odd, 150), odd.open()
    other = replace(foreign(alone, 150), id="btcal_other")
    single = alone.open()
    expected = [listed(alone, single, one, known)[:2] for one, known in ((job, 4), (other, 0))]
    with platform.many(Owners()):
        found = [listed(odd, platform, one, known) for one, known in ((job, 4), (other, 0))]
        again = listed(odd, platform, job, known=4)
    assert [one[:2] for one in found] == expected
    assert {"conv_4", "conv_5"} == found[0][0]
    assert found[0][2] == 2 + 150 + 2
    assert (again[0], again[2]) == (found[0][0], 2)


def test_what_an_earlier_sweep_read_is_not_opened_again() -> None:
    """Whose 500 calls of others are costs some hundred reads in each of three sweeps, and none after that."""
    odd, owners = Odd(), Owners()
    job = foreign(odd, 500)
    costs = []
    for _ in range(5):
        platform = odd.open()  # another sweep is another process
        with platform.many(owners):
            costs.append(listed(odd, platform, job, known=4))
    assert [complete for _, complete, _ in costs] == [False, False, True, True, True]
    assert [found for found, complete, _ in costs if complete] == [{"conv_4", "conv_5"}] * 3
    assert [cost for _, _, cost in costs][3:] == [6 + 2] * 2
    assert len(owners.kept) == 500
    assert set(owners.kept.values()) == {"btcal_other"}


def test_a_kept_owner_hides_no_call_of_its_own_job() -> None:
    """What one job's look found out about another job's call is found again when that job is looked at."""
    odd, owners = Odd(), Owners()
    job = foreign(odd, 0)
    first, second = odd.open(), odd.open()
    with first.many(owners):
        assert listed(odd, first, replace(job, id="btcal_other"), known=0)[0] == set()
    assert owners.kept == {f"conv_{n}": "btcal_1" for n in range(6)}
    with second.many(owners):
        assert listed(odd, second, job, known=4)[0] == {"conv_4", "conv_5"}


def test_a_call_that_goes_on_has_no_owner_yet() -> None:
    """Only what is over is kept: a call under way is read again by the next sweep."""
    odd, owners = Odd(), Owners()
    job = foreign(odd, 3)
    odd.on(f"{CALLS}/*", lambda request: under_way(request.url.path.rpartition("/")[2]))
    platform = odd.open()
    with platform.many(owners):
        listed(odd, platform, job)
    assert owners.kept == {}


def under_way(call_id: str) -> httpx.Response:
    """Return a call of another job that has not ended."""
    return httpx.Response(200, json=call_body(call_id, "btcal_other", status="in-progress"))


def test_nothing_more_is_asked_about_a_call_of_another_job() -> None:
    """Of a call that turns out to be another job's no SIP message is read; of the job's own they are."""
    odd, asked = Odd(), set[str]()
    job = foreign(odd, 4)

    def one(request: httpx.Request) -> httpx.Response:
        call_id = request.url.path.removeprefix(f"{CALLS}/").partition("/")[0]
        if request.url.path.endswith("/sip-messages"):
            asked.add(call_id)
            return httpx.Response(200, json={"sip_messages": [], "has_more": False})
        job_id = "btcal_other" if call_id.startswith("conv_f") else "btcal_1"
        return httpx.Response(200, json=call_body(call_id, job_id))

    odd.on(f"{CALLS}/*", one)
    assert listed(odd, odd.open(), job, known=4)[0] == {"conv_4", "conv_5"}
    assert asked == {"conv_4", "conv_5"}


def test_a_call_that_was_read_for_another_job_is_still_its_own_jobs() -> None:
    """Whoever asked first, a second call of a job is found when that job is asked about: nobody hides it."""
    odd = Odd()
    job, platform = foreign(odd, 0), odd.open()
    assert listed(odd, platform, replace(job, id="btcal_other"), known=0)[0] == set()
    assert listed(odd, platform, job, known=4)[0] == {"conv_4", "conv_5"}


@pytest.mark.parametrize(
    "fields",
    [{"direction": "inbound"}, {"agent_id": "agent_2"}, {"start_time_unix_secs": 1_800_000_000}],
    ids=["inbound", "another agent", "before the job"],
)
def test_what_cannot_be_ours_by_its_summary_is_not_read(fields: dict[str, Any]) -> None:
    """A summary that excludes itself costs no request of its own, although the filters let it through."""
    odd = Odd()
    job = source(odd)
    odd.on(CALLS, {"conversations": [summary(f"conv_{n}", **fields) for n in range(90)], "has_more": False})
    assert listed(odd, odd.open(), job, known=0) == (set(), True, 1)


@pytest.mark.parametrize("field", ["direction", "agent_id", "start_time_unix_secs"])
@pytest.mark.parametrize("told", ["missing", None])
def test_what_a_summary_does_not_say_excludes_nobody(field: str, told: str | None) -> None:
    """A field that is missing or empty is no proof: the call is read, and found to be ours."""
    odd = Odd()
    job = source(odd)
    shown = summary("conv_1") | {field: told}
    if told == "missing":
        del shown[field]
    odd.on(CALLS, {"conversations": [shown], "has_more": False})
    odd.on(f"{CALLS}/conv_1", call_body("conv_1"))
    assert listed(odd, odd.open(), job, known=0)[:2] == ({"conv_1"}, True)


def test_a_call_of_the_listing_that_cannot_be_read_leaves_it_incomplete() -> None:
    """Whose it is cannot be told, so not every call has been seen."""
    odd = Odd()
    job = source(odd)
    odd.on(CALLS, {"conversations": [summary("conv_1"), summary("conv_2")], "has_more": False})
    odd.on(f"{CALLS}/conv_1", call_body("conv_1"))
    odd.on(f"{CALLS}/conv_2", httpx.Response(403, json=MISSING))
    assert listed(odd, odd.open(), job, known=0)[:2] == ({"conv_1"}, False)


def test_the_listing_is_asked_for_by_agent_and_time() -> None:
    """The documented filters go out with every page."""
    odd = Odd()
    job = source(odd)
    odd.pages(CALLS, "conversations", [[], []], "next_cursor")
    odd.open().list_calls(job, job.created_at, frozenset())
    asked = [request.url.params for request in odd.sent if request.url.path == CALLS]
    began = str(int(job.created_at.timestamp()))
    assert [(one["agent_id"], one["call_start_after_unix"], one["page_size"]) for one in asked] == [
        ("agent_1", began, "100")
    ] * 2


def read(**meta: Any) -> tuple[Odd, Call]:
    """Return a call as it is read, and its platform."""
    odd = Odd()
    source(odd, phone_provider=meta.pop("provider", "sip_trunk"))
    odd.on(f"{CALLS}/conv_1", call_body("conv_1", **meta))
    odd.on(
        f"{CALLS}/conv_1/sip-messages",
        {"sip_messages": [{"raw_message": "SIP/2.0 486 Busy\r\nCSeq: 1 INVITE"}]},
    )
    platform = odd.open()
    platform.get_job("btcal_1")
    return odd, platform.get_call("conv_1")


@pytest.mark.parametrize(
    ("phone", "provider", "trunk"),
    [
        ({"type": "sip_trunking"}, "twilio", True),
        ({"type": None}, "sip_trunk", True),
        ({"type": "twilio"}, "sip_trunk", False),
        ({"type": "exotel"}, None, False),
        ({"type": None}, "twilio", False),
        ({"type": None}, None, False),
    ],
)
def test_sip_is_read_only_where_a_call_went_over_a_trunk(
    phone: dict[str, Any], provider: str | None, trunk: bool
) -> None:
    """Messages are asked for, and codes are SIP, on trunks alone; elsewhere a code is the platform's."""
    odd, call = read(phone_call=phone, provider=provider, error={"code": 503, "reason": "CPS"})
    assert odd.asked[f"{CALLS}/conv_1/sip-messages"] == trunk
    assert [(one.system, one.code) for one in call.reasons] == (
        [("sip", "486"), ("sip", "503")] if trunk else [("elevenlabs.error", "503")]
    )
    assert call.reasons[-1].text == "CPS"


@pytest.mark.parametrize(
    ("result", "answered"),
    [
        ("answered", True), ("voicemail", True), ("busy", False), ("no_answer", False), ("failed", False),
        ("fax", None), (None, False),
    ],
)  # fmt: skip
def test_the_carriers_result_says_whether_a_call_was_answered(
    result: str | None, answered: bool | None
) -> None:
    """`call_result` is handed on as it is and decides; a word that nobody documents decides nothing."""
    _, call = read(phone_call={"call_result": result})
    assert (call.result, call.answered) == (result, answered)


def test_a_call_tells_its_campaign_and_its_wave() -> None:
    """Who makes the next call, and which wave asked for this one, are read from the call itself."""
    campaign = {"campaign_id": "camp_1", "campaign_lead_id": "lead_1"}
    batch = {"batch_call_id": "btcal_1", "batch_call_recipient_id": "rec_1", "campaign": campaign}
    _, call = read(batch_call=batch, data={"dynamic_variables": {"ringback_wave": "rb-r-3"}})
    assert (call.campaign_id, call.marker) == ("camp_1", "rb-r-3")
    _, plain = read(data={"dynamic_variables": None})
    assert (plain.campaign_id, plain.marker) == (None, None)


@pytest.mark.parametrize("shown", [{"campaign": {"campaign_id": "camp_1"}}, {"campaign_id": "camp_1"}])
def test_a_job_tells_its_campaign_where_it_is_shown(shown: dict[str, Any]) -> None:
    """A job that a campaign owns says so in either form; the carrier is handed on as it is spelt."""
    job = source(Odd(), **shown, phone_provider="exotel")
    assert (job.campaign_id, job.owner, job.provider) == ("camp_1", "camp_1", "exotel")
    assert source(Odd()).campaign_id is None


def test_an_error_code_that_is_no_number_is_handed_on() -> None:
    """A code is a bare value: what is no integer is evidence all the same."""
    _, call = read(error={"code": "quota_exceeded", "reason": "No credit"}, phone_call={"type": "twilio"})
    assert [(one.system, one.code, one.text) for one in call.reasons] == [
        ("elevenlabs.error", "quota_exceeded", "No credit")
    ]


def test_a_call_is_kept_under_the_id_it_was_asked_by() -> None:
    """A platform that spells the id otherwise does not make a call look forgotten."""
    odd = Odd()
    odd.on(f"{CALLS}/conv_1", call_body("CONV_1"))
    assert list(odd.open().get_calls(["conv_1"])) == ["conv_1"]


def test_numbers_and_ids_come_as_the_platform_gives_them() -> None:
    """Rewritten numbers and new row ids are handed on as they are, a number as text."""
    odd = Odd()
    odd.on(f"{BATCH}/btcal_1", job_body(recipients=[row_body(1, phone_number=447700900001, id="new")]))
    (row,) = odd.open().list_contacts("btcal_1")
    assert (row.id, row.phone) == ("new", "447700900001")


def test_times_of_the_platform_stay_on_its_own_clock() -> None:
    """A job is seen at the platform's Date, hours off or not."""
    odd = Odd()
    body = httpx.Response(200, json=job_body(), headers={"date": "Mon, 01 Jan 2029 00:00:00 GMT"})
    odd.on(f"{BATCH}/btcal_1", body)
    assert odd.open().get_job("btcal_1").seen_at == datetime(2029, 1, 1, tzinfo=UTC)
