"""Asking the carrier what became of calls that the platform's word leaves open."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from models.disposition.refine import leaves_open
from models.platform import UNREAD, Call, Contact
from models.triage.findings import plural
from tasks.carriers.port import Carrier, CarrierAnswer
from tasks.context import RunContext
from tasks.dispatch.people import same_line, who
from tasks.marks import struck
from tasks.platforms.port import TellsCarrierIds

MOST = 200
"""Calls that the carrier is asked about in one look at the most; else the platform's word stands alone."""
PART = 4
"""Calls that are asked about between two signs of life: as many as are asked about side by side."""


def with_carrier(ctx: RunContext, calls: Mapping[str, Call], rows: Mapping[str, Contact]) -> dict[str, Call]:
    """Return calls with the carrier's own word on them, where there are keys for it and it tells.

    `rows` are those that the calls were made for, by the call's id: an answer about a call to anybody else
    says nothing.
    """
    carrier = ctx.carrier
    if carrier is None:
        return dict(calls)
    open_ones = [call for call in calls.values() if leaves_open(call, rows.get(call.id), ctx.table)]
    named = _ids(ctx, carrier, open_ones)
    sids = {call_id: sid for call_id, sid in named.items() if carrier.is_id(sid)}
    told = _asked(ctx, carrier, list(sids.values()))
    found = dict(calls)
    for call_id, sid in sids.items():
        answer = told.get(sid)
        if answer is None:
            continue
        row = rows.get(call_id)
        if _is_theirs(ctx, row.phone if row else None, answer.to):
            found[call_id] = replace(calls[call_id], carrier_id=sid, carrier=answer.call)
        else:
            struck("carrier.other_number")
            carrier.untold("the carrier's answer on some calls is of another number than the contact's")
    return found


def _ids(ctx: RunContext, carrier: Carrier, calls: Iterable[Call]) -> dict[str, str]:
    """Return the carrier's ids of calls; those of which rows tell none are read for it."""
    readable = [call for call in calls if call.raw_status != UNREAD]
    known = {call.id: call.carrier_id for call in readable if call.carrier_id}
    unnamed = [call.id for call in readable if not call.carrier_id]
    if not (unnamed and isinstance(ctx.platform, TellsCarrierIds)):
        return known

    def told(done: int, of: int) -> None:
        if done % PART == 0 or done == of:
            ctx.reporter.progress("asking for the carrier's ids", done, of)
            ctx.keep_alive()

    found = ctx.platform.carrier_ids(unnamed, MOST, told)
    if len(unnamed) > MOST and (left := len(unnamed) - len(found)):
        _left_out(carrier, left)
    return known | dict(found)


def _left_out(carrier: Carrier, count: int) -> None:
    struck("carrier.bound")
    carrier.untold(f"the carrier was not asked about {plural(count, 'call')}: {MOST} is the most at a time")


def by_call(rows: Iterable[Contact]) -> dict[str, Contact]:
    """Return rows by the call that each names."""
    return {row.call_id: row for row in rows if row.call_id}


def _asked(ctx: RunContext, carrier: Carrier, sids: list[str]) -> Mapping[str, CarrierAnswer]:
    fresh = [sid for sid in dict.fromkeys(sids) if not carrier.remembers(sid)]
    if len(fresh) > MOST:
        _left_out(carrier, len(fresh) - MOST)
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
