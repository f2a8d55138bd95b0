"""Asking the carrier what became of calls that the platform's word leaves open."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from models.disposition.refine import leaves_open
from models.platform import Call, Contact
from models.triage.findings import plural
from tasks.carriers.port import Carrier, CarrierAnswer
from tasks.context import RunContext
from tasks.dispatch.people import same_line, who
from tasks.marks import struck

MOST = 200
"""Calls that the carrier is asked about in one look at the most; else the platform's word stands alone."""
PART = 20
"""Calls that are asked about between two signs of life."""


def with_carrier(
    ctx: RunContext, calls: Mapping[str, Call], phones: Mapping[str, str | None]
) -> dict[str, Call]:
    """Return calls with the carrier's own word on them, where there are keys for it and it tells.

    `phones` are the numbers that the calls went to, by the call's id: an answer about a call to anybody else
    says nothing.
    """
    carrier = ctx.carrier
    if carrier is None:
        return dict(calls)
    sids = [call.carrier_id for call in calls.values() if call.carrier_id and leaves_open(call)]
    told = _asked(ctx, carrier, [sid for sid in sids if carrier.is_id(sid)])
    found = dict(calls)
    for call in calls.values():
        answer = told.get(call.carrier_id or "") if leaves_open(call) else None
        if answer is None:
            continue
        if _is_theirs(ctx, phones.get(call.id), answer.to):
            found[call.id] = replace(call, carrier=answer.call)
        else:
            struck("carrier.other_number")
            carrier.untold("the carrier's answer on some calls is of another number than the contact's")
    return found


def phones_of(rows: Iterable[Contact]) -> dict[str, str | None]:
    """Return the numbers of rows by the call that each names."""
    return {row.call_id: row.phone for row in rows if row.call_id}


def _asked(ctx: RunContext, carrier: Carrier, sids: list[str]) -> Mapping[str, CarrierAnswer]:
    fresh = [sid for sid in dict.fromkeys(sids) if not carrier.remembers(sid)]
    if len(fresh) > MOST:
        struck("carrier.bound")
        carrier.untold(
            f"the carrier was not asked about {plural(len(fresh) - MOST, 'call')}: {MOST} is the most"
        )
    found = dict(carrier.look_up(sid for sid in sids if carrier.remembers(sid)))
    asked = fresh[:MOST]
    for start in range(0, len(asked), PART):
        found |= carrier.look_up(asked[start : start + PART])
        ctx.reporter.progress("asking the carrier", min(start + PART, len(asked)), len(asked))
        ctx.keep_alive()
    return found


def _is_theirs(ctx: RunContext, phone: str | None, told: str | None) -> bool:
    if not phone or not told:
        return False
    person, line = who(ctx, phone), same_line(phone)
    return (person is not None and person == who(ctx, told)) or (bool(line) and line == same_line(told))
