"""The people behind the numbers, and the weather between the platform and them."""

from collections.abc import Mapping
from dataclasses import dataclass

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.outcomes import OUTCOMES, Outcome
from deployments.sandbox.engine.seeded_random import draw, pick

ORDINARY: Mapping[str, float] = {
    "answered": 0.66, "voicemail": 0.14, "no_answer": 0.12, "busy": 0.06, "declined": 0.02,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weather:
    """What befalls dials whoever is called; `calm` dials of later jobs pass before it begins."""

    share: float = 0.0
    outcomes: tuple[str, ...] = ()
    calm: int = 0
    spares_source: bool = False


CLEAR = Weather()
OUTAGE = Weather(0.95, ("outage_503", "congested_503", "timeout_504"))
POISON = Weather(0.6, ("unavailable_503", "congested_503", "fault_500"), calm=20, spares_source=True)
FLAGGED = Weather(0.9, ("blocked_603", "rejected_608"))
BARRED = Weather(1.0, ("caller_id_403",))


@dataclass(slots=True)
class Person:
    """One phone and how it behaves; `reached` is the truth, whatever the platform's records say."""

    digits: str
    fate: str
    dials: int = 0
    reached: bool = False


# Digits that a mobile number may be written with or without: what comes before, and the whole length.
_EXTRA = (("54", "9", 13), ("52", "1", 13), ("55..", "9", 13))


def same_phone(phone: str) -> str:
    """Return the digits that two spellings of one number share; a leading 0 is read as Australian."""
    digits = "".join(filter(str.isdigit, phone)).removeprefix("00")
    if digits.startswith("0"):
        return "61" + digits[1:]
    for before, extra, length in _EXTRA:
        end = len(before)
        if len(digits) == length and digits.startswith(before[:2]) and digits[end] == extra:
            return digits[:end] + digits[end + 1 :]
    return digits


class People:
    """Everybody who can be called; an unknown number draws a fate from the mix."""

    def __init__(self, seed: object, mix: Mapping[str, float] = ORDINARY) -> None:
        self.seed = seed
        self.mix = mix
        self.weather = CLEAR
        self.later_dials = 0
        self._by_phone: dict[str, Person] = {}

    def at(self, phone: str) -> Person:
        """Return the person at a number, however it is written."""
        digits = same_phone(phone)
        person = self._by_phone.get(digits)
        if person is None:
            person = Person(digits, pick(self.mix, draw(self.seed, "fate", digits)))
            self._by_phone[digits] = person
        return person

    def answer(self, person: Person, job: Job) -> Outcome:
        """Decide how the next dial to a person ends, and count it."""
        person.dials += 1
        self.later_dials += not job.source
        outcome = OUTCOMES[self._struck(person, job) or person.fate]
        person.reached = person.reached or outcome.answered
        return outcome

    def reached(self) -> frozenset[str]:
        """Return the digits of everybody who was reached so far."""
        return frozenset(digits for digits, person in self._by_phone.items() if person.reached)

    def _struck(self, person: Person, job: Job) -> str | None:
        weather, name = self.weather, (person.digits, person.dials)
        if job.source and weather.spares_source:
            return None
        if not job.source and self.later_dials <= weather.calm:
            return None
        if draw(self.seed, "weather", *name) >= weather.share:
            return None
        return weather.outcomes[int(draw(self.seed, "which", *name) * len(weather.outcomes))]
