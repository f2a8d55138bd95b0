"""All that befalls one recovery on a platform: what its format leaves open, the wire, and other people.

Everything is a fault of the world, so that it goes on with the world from one life to the next and counts how
often it struck. The same platform and seed give the same adversity.
"""

from collections.abc import Mapping
from random import Random

from deployments.sandbox.engine.adversary import random_adversary
from deployments.sandbox.engine.faults import Fault, make_fault
from models.enums import Unit
from tests.conformance.suite.faces import Face

MEANWHILE = "meanwhile"
LATE, LOST_WEBHOOK, WEBHOOK_TWICE = "late_answer", "lost_webhook", "webhook_twice"
LONGEST_ANSWER = 90.0
"""Seconds that an answer may take; a client gives up after thirty."""
DELAY = 20.0
"""The longest time in seconds for which a new job stays unseen."""
LAST_REQUEST = 60
"""The last request at which something else happens in the account; a whole recovery has more than that."""
_WIRE = ("accept_then_cut", "accept_then_500", "answer_429", "malformed_json", "page_cut", LATE)
_LISTED = ("stale_list", "status_flip", "pages_twice", "pages_short", "rotate_rows")
_SIDE_READS: Mapping[str, tuple[str, ...]] = {
    "voqo": (),
    "http": ("/capacity", "/calls", "/agents/"),
    "retell": ("/get-concurrency", "/get-agent/"),
    "vapi": ("/assistant/", "/phone-number/", "GET /call"),
    "vogent": ("GET /agents", "/phone_numbers/", "GET /dials/"),
    "cartesia": ("GET /agents/agent", "GET /agents/calls/conv"),
}
"""What a scoped key may not read on a platform; those that are not named are as ElevenLabs."""
_ANY_JOBS = ("second_job", "foreign_job")
_EVENTS: Mapping[str, tuple[str, ...]] = {
    "elevenlabs": (*_ANY_JOBS, "retry_job", "cancel_job", "campaign"),
    "elevenlabs-campaigns": (*_ANY_JOBS, "cancel_job", "campaign"),
    "http": (*_ANY_JOBS, "retry_job", "cancel_job"),
}
"""What people may do on a platform; a wave of single calls has nothing to retry or cancel."""
_POSTED = {"retell": "POST /v3/list-calls"}
"""How a platform is read that reads by a POST."""


def drawn(face: Face, seed: int) -> list[Fault]:
    """Return the adversity of a platform and a seed."""
    dice = Random(f"faces/{face.name}/{seed}")
    found = [_placed(face, fault, dice) for fault in random_adversary(f"{face.name}/{seed}", delay=DELAY)]
    faults = [fault for fault in found if fault is not None]
    faults += [_on_the_wire(face, name, dice) for name in dice.sample(_WIRE, dice.randint(1, 3))]
    faults += [_listed(name, dice) for name in dice.sample(_LISTED, dice.randint(0, 2))]
    if face.name == "voqo":
        faults += [Fault(LOST_WEBHOOK, None, rate=0.15), Fault(WEBHOOK_TWICE, None, rate=0.15)]
    if dice.random() < 0.5:
        faults.append(_event(face, dice))
    return faults


def _placed(face: Face, fault: Fault, dice: Random) -> Fault | None:
    """Return a trait of ElevenLabs where this platform has its like, None where it has none."""
    if fault.name == "slow_create":
        fault.on = ""
    if fault.name == "no_permission" and face.name in _SIDE_READS:
        if not _SIDE_READS[face.name]:
            return None
        fault.on = dice.choice(_SIDE_READS[face.name])
    return fault


def _on_the_wire(face: Face, name: str, dice: Random) -> Fault:
    creates = face.create.partition("[")[0]
    skip, count = dice.randrange(6), dice.choice((1, 1, 2, 3))
    if name == LATE:
        seconds = dice.uniform(5, LONGEST_ANSWER)
        return Fault(LATE, count, skip, seconds=seconds, on=dice.choice((creates, "")))
    if name.startswith("accept_then"):
        return make_fault(name, on=dice.choice((creates, creates, "POST ")), skip=skip % 3, count=count)
    if name == "answer_429":
        return make_fault(name, skip=skip, count=count, retry_after=dice.choice((None, 0, 1, 40)))
    reads = dice.choice((_POSTED.get(face.name, "GET "), "GET "))
    return make_fault(name, on=reads, skip=skip * 5, count=count)


def _listed(name: str, dice: Random) -> Fault:
    count = None if name == "rotate_rows" else dice.choice((1, 3))
    return make_fault(name, skip=dice.randrange(4), count=count, seconds=dice.uniform(1, DELAY))


def _event(face: Face, dice: Random) -> Fault:
    most = LAST_REQUEST if face.capabilities.unit is Unit.JOB else LAST_REQUEST // 6
    what = dice.choice(_EVENTS.get(face.name, _events(face)))
    return Fault(
        MEANWHILE, 1, dice.randint(1, most), seconds=dice.uniform(0, 900), n=dice.randint(1, 12), word=what
    )


def _events(face: Face) -> tuple[str, ...]:
    return (*_ANY_JOBS, "cancel_job") if face.capabilities.unit is Unit.JOB else _ANY_JOBS
