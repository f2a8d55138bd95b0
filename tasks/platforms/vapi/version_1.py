"""Vapi's campaigns of version 1, which are only read: pure translations, no I/O.

Facts: the type Campaign of the official client, vapi_server_sdk 3.0.0, and docs.vapi.ai/outbound-campaigns.
Customers have neither an id nor a state of their own: the calls to a number say what became of its customer,
and of one without a call nothing is known.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.platform import Contact, Job
from tasks.platforms.vapi.wire import (
    ASSISTANT,
    JOB_STATUS,
    OVERRIDES,
    SQUAD,
    TARGET,
    Campaign,
    ShownCall,
    moment,
    natural,
)

VERSION, FIRST = "version", 1
"""Where a job's settings say that it is of version 1."""
UNCALLED = "no call is shown"
"""The word of a customer to whom no call is shown."""
READ_ONLY = (
    "campaigns of Vapi's version 1 are only read here: cancel it in Vapi where it still runs, and call whom "
    "it has left by a campaign of version 2"
)
_COUNTERS = ("Queued", "InProgress", "Ended")


def campaign(body: Mapping[str, Any], seen_at: datetime) -> Campaign:
    """Return a campaign; raises KeyError, TypeError or ValueError on what is not documented.

    Whether its counters tell of now or of all along is open: no more are counted than there are customers.
    """
    queued, talking, ended = (natural(body[f"callsCounter{name}"]) for name in _COUNTERS)
    total, raw = len(customers(body)), str(body["status"])
    target = SQUAD if body.get(SQUAD) else ASSISTANT
    plan = body.get("schedulePlan") or {}
    found = Job(
        id=str(body["id"]),
        name=str(body["name"]),
        status=JOB_STATUS.get(raw, JobStatus.UNKNOWN),
        raw_status=raw,
        total=total,
        dispatched=min(total, queued + talking + ended),
        finished=min(total, ended),
        created_at=moment(body["createdAt"]),
        seen_at=seen_at,
        scheduled_at=moment(plan["earliestAt"]) if plan.get("earliestAt") else None,
        cap=natural(body["maxConcurrency"]) if body.get("maxConcurrency") is not None else None,
        agent_id=body.get(target) or None,
        number_id=body.get("phoneNumberId") or None,
        settings={TARGET: target, OVERRIDES: {}, VERSION: FIRST},
    )
    return Campaign(found, moment(body["updatedAt"]), READ_ONLY)


def customers(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return everybody whom a campaign is to call, those of its dial plan too."""
    plans = [dict(one).get("customers") for one in body.get("dialPlan") or []]
    found = [one for some in (body.get("customers"), *plans) for one in some or []]
    return [dict(one) for one in found]


def contacts(body: Mapping[str, Any], of: Campaign, calls: Sequence[ShownCall]) -> Iterator[Contact]:
    """Yield the customers, each with the newest call of the campaign to the same number."""
    made: dict[str, list[ShownCall]] = defaultdict(list)
    for one in calls:
        if one.campaign_id == of.job.id and one.phone:
            made[one.phone].append(one)
    for n, customer in enumerate(customers(body), start=1):
        phone = str(customer["number"]) if customer.get("number") else None
        row = Contact(
            id=f"customer-{n}",
            phone=phone,
            status=ContactStatus.UNKNOWN,
            raw_status=UNCALLED,
            created_at=of.job.created_at,
            problem=of.problem,
        )
        newest = max(
            made[phone or ""], key=lambda one: one.call.started_at or of.job.created_at, default=None
        )
        yield row if newest is None else _called(row, newest)


def _called(row: Contact, newest: ShownCall) -> Contact:
    call = newest.call
    return replace(
        row,
        status=call.status,
        raw_status=call.raw_status,
        call_id=call.id,
        updated_at=call.started_at,
        reasons=call.reasons,
    )
