"""A recovery on any platform, held against the promises by the façade's own record.

A façade that keeps no id of ours tells each call as one of the contact that it was for; where a wave is
single calls it knows no wave either, and the rules for jobs of ours leave off.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, select

from deployments.sandbox.engine.history import history
from deployments.sandbox.wire.disguise import shown_phone
from models.enums import Unit
from models.tables.ledger import Planned, Wave
from tests.chaos.singles.judge import RULES
from tests.conformance.suite.site import Site
from tests.invariants import Breach, check
from tests.invariants.facts import gather, unix

Sent = list[tuple[Planned, Wave]]


def breaches(site: Site) -> tuple[Breach, ...]:
    """Return every promise that was not kept; all calls have to be down by now."""
    return tuple(_breaches(site))


def _breaches(site: Site) -> Iterator[Breach]:
    keys = site.runtime.keys.by_id
    if site.twice:
        yield Breach("I1", f"{len(site.twice)} people were called twice because of recoveries.")
    if site.face.capabilities.unit is Unit.JOB:
        yield from check(site.ledger, _told(site), site.job_key, keys)
        return
    people = [_person(one.id) for one in site.platform().list_contacts(site.job)]
    singles = _told(site) | {"jobs": [], "in_air_samples": [], "truth": people}
    ours = [one for one in singles["dials"] if one["ours"]]
    facts = gather(site.ledger, singles | {"dials": ours}, site.job_key, keys)
    for rule in RULES:
        yield from rule(facts)


def _person(contact_id: str) -> dict[str, Any]:
    return {"recipient_id": contact_id, "phone": "", "reached_before": False}


def _told(site: Site) -> dict[str, Any]:
    told = history(site.here.scene)
    with Session(site.ledger.engine) as session:
        same: Any = (Planned.recovery_id == Wave.recovery_id) & (Planned.wave == Wave.n)
        rows = list(session.exec(select(Planned, Wave).join(Wave, same)))
    named = _named(site)
    dials = (_with_contact(_as_named(one, named), rows, site.face.ours) for one in told["dials"])
    return told | {"truth": [_as_named(one, named) for one in told["truth"]], "dials": list(dials)}


def _as_named(one: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    return {**one, "recipient_id": named.get(one["recipient_id"], one["recipient_id"])}


def _named(site: Site) -> Mapping[str, str]:
    """Return the contacts' ids by the platform's own, where the adapter has to give contacts ids itself."""
    rows = site.here.scene.job.rows
    if site.face.capabilities.unit is not Unit.JOB or not site.face.own_ids:
        return {}
    places: dict[str | None, list[str]] = defaultdict(list)
    for one in site.platform().list_contacts(site.job):
        places[one.phone].append(one.id)
    faults = site.here.scene.world.faults
    shown = ((row.id, places[shown_phone(faults, row)]) for row in rows)
    return {row_id: mine.pop(0) for row_id, mine in shown if mine}


def _with_contact(dial: Mapping[str, Any], rows: Sent, ours: str) -> dict[str, Any]:
    """Return a call with its contact, and where no marker names it with the last wave that held that one."""
    mine = [(row, wave) for row, wave in rows if row.phone == dial["phone"]]
    named = [one for one in mine if one[1].marker == dial["job_name"]]
    is_ours = dial["job_name"].startswith(ours)
    before = named or [one for one in mine if unix(one[1].intent_at) <= dial["at"]]
    if not is_ours or not before or (ours == "rb-" and not named):
        return {**dial, "ours": is_ours}
    row, wave = max(before, key=lambda one: unix(one[1].intent_at))
    return {**dial, "ours": True, "job_name": wave.marker, "recipient_id": row.contact_id}
