"""The carrier beside the adversary: asked about calls, odd in its answers too, and held to what it told.

On half of the seeds of a platform that tells the carrier's ids some have talked whose calls the platform
calls failed, those of the source and those of our own waves. What the carrier told of them is written down
outside of every ledger, and whoever was called after that was called twice.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import httpx

from deployments.sandbox.carrier.account import account_of
from deployments.sandbox.engine.faults import WORDS, Fault, make_fault
from deployments.sandbox.engine.moves import make_move
from deployments.sandbox.engine.people import Weather
from models.masking.phone import mask_phone
from tasks.carriers.keys import TwilioKeys
from tasks.carriers.twilio import Twilio
from tests.conformance.suite.faces import Face
from tests.conformance.suite.here import URL
from tests.conformance.suite.site import Site
from tests.invariants import Breach

TELLING = ("elevenlabs", "vapi", "retell", "cartesia")
"""Platforms that tell what the carrier calls a call."""
HIDDEN = "answered_503"
"""A call that somebody has answered and the platform calls failed for a passing reason."""
HEARD = "heard.jsonl"
TOLD = "carrier told of an answer"
ODD = tuple(sorted(WORDS["carrier_answers"]))


def is_heard(face: Face, seed: int) -> bool:
    """Tell whether the workspace of a seed has keys of its carrier."""
    return face.name in TELLING and _dice(face, seed).random() < 0.5


def hide(site: Site, seed: int) -> None:
    """Let some of the failed have talked, now and in waves to come, and draw how odd the carrier is."""
    dice, world = _dice(site.face, seed), site.here.scene.world
    dice.random()  # whether it is heard at all
    before = world.reached_before
    make_move(site.here.scene, HIDDEN, n=dice.randint(1, 4))
    world.reached_before = before  # they are judged by what was told, for an odd carrier may not tell
    world.people.weather = Weather(0.5, (HIDDEN,), spares_source=True)
    world.faults.all += _faults(site.face, dice)


def _faults(face: Face, dice: Random) -> Iterator[Fault]:
    if face.name == "elevenlabs":
        yield make_fault("twilio_sids")
    if dice.random() < 0.5:
        yield make_fault(
            "carrier_answers", word=dice.choice(ODD), skip=dice.randrange(4), count=dice.choice((1, 5))
        )


def _dice(face: Face, seed: int) -> Random:
    return Random(f"carrier/{face.name}/{seed}")


def listen(site: Site, at: Path) -> None:
    """Give a site the keys of its carrier, over the same wire, and write down what that tells."""
    account = account_of(site.here.key)
    keys = TwilioKeys(account.sid, account.sid, account.token)
    way = httpx.MockTransport(_Listening(site, at / HEARD))
    site.carrier = Twilio(URL, keys, clock=site.clock, transport=way)


class _Listening:
    """The way to the carrier and back."""

    def __init__(self, site: Site, file: Path) -> None:
        self._site, self._file = site, file

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self._site.here.carry(request)
        if phone := self._told(request, answer):
            with self._file.open("a") as file:
                file.write(json.dumps({"phone": phone, "at": self._site.clock.now().timestamp()}) + "\n")
        return answer

    def _told(self, request: httpx.Request, answer: httpx.Response) -> str:
        """Return whose answered call was told of, plainly; empty where it was something else."""
        sid = request.url.path.rpartition("/")[2].removesuffix(".json")
        found = next((one for one in self._site.here.world.calls.values() if one.sid == sid), None)
        if found is None or found.outcome.key != HIDDEN or answer.status_code != httpx.codes.OK:
            return ""
        try:
            body = answer.json()
        except ValueError:
            return ""
        return found.row.phone if _is_plain(body, sid) else ""


def _is_plain(body: Mapping[str, Any], sid: str) -> bool:
    """Tell whether an answer is of the call that was asked about, over, and nothing odd is in it."""
    said = (body.get("sid"), body.get("status"), body.get("direction"), body.get("caller_name"))
    return said == (sid, "completed", "outbound-api", None) and body.get("to") != "+15005550006"


def heard(at: Path) -> dict[str, float]:
    """Return whom the carrier has told of, and when first, as a time of the virtual clock."""
    file = at / HEARD
    found: dict[str, float] = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        told = json.loads(line)
        found.setdefault(told["phone"], told["at"])
    return found


def after_the_carriers_word(site: Site, told: Mapping[str, float]) -> Iterator[Breach]:
    """Yield whoever was called by us after the carrier had told that an earlier call was answered."""
    for one in site.here.world.calls.values():
        ours = one.delivery == 1 and site.face.is_ours(one)
        if ours and one.row.job.asked_at > told.get(one.row.phone, float("inf")):
            shown = mask_phone(one.row.phone)
            yield Breach("I1", f"{shown} was called after the carrier had told of an answer.")
