"""Scripted faults: what goes wrong on the wire or in the dispatcher, how often, and whose turn it is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from deployments.sandbox.engine.seeded_random import draw

DATED = "date"
DATED_SECONDS = 30.0
SUBMIT, READ, ANY = "/batch-calling/submit", "GET ", ""

# Where each fault strikes unless told otherwise: a part of "METHOD /path", or of the engine's own word.
PLACES = {
    "accept_then_cut": SUBMIT,
    "accept_then_500": SUBMIT,
    "answer_429": ANY,
    "slow_loris": READ,
    "malformed_json": READ,
    "page_cut": READ,
    "visibility_delay": ANY,
    "stale_list": ANY,
    "duplicate_delivery": ANY,
    "lose_delivery": ANY,
    "wake_cancelled": ANY,
    "status_flip": ANY,
    "pages_twice": ANY,
    "pages_short": ANY,
    "rotate_rows": ANY,
    "clock_skew": ANY,
    "unknown_status": "job",
    "ignore_cap": ANY,
    "list_order": ANY,
    "page_size": ANY,
    "page_ends": ANY,
    "names": ANY,
    "slow_create": SUBMIT,
    "hidden_dispatch": ANY,
    "new_ids": ANY,
    "numbers": ANY,
    "output_model": ANY,
    "call_results": ANY,
    "cancel_over": ANY,
    "cancel_then_500": ANY,
    "cancel_late": ANY,
    "cancel_lost": ANY,
    "no_permission": "/live-count",
    "foreign_live": ANY,
    "foreign_calls": ANY,
    "redirect": READ,
    "campaign_batches": ANY,
    "twilio_sids": ANY,
    "carrier_answers": ANY,
}
# These describe how the platform is, so they stay until they are lifted; the others strike once.
STANDING = frozenset(
    {
        "visibility_delay", "rotate_rows", "clock_skew", "ignore_cap", "list_order", "page_size", "page_ends",
        "names", "new_ids", "numbers", "output_model", "call_results", "cancel_over", "no_permission",
        "foreign_live", "foreign_calls", "redirect", "campaign_batches",
        "twilio_sids", "carrier_answers",
    }
)  # fmt: skip
# What `word` may say, the first being what is meant without one.
WORDS = {
    "list_order": ("oldest", "name", "shuffled", "newest"),
    "page_ends": ("unsaid", "unsaid_cursor", "repeat", "nowhere", "unknown", "endless"),
    "names": ("cut", "upper", "replaced"),
    "numbers": ("plain", "spaced", "national"),
    "hidden_dispatch": ("dialled", "handed", "silent"),
    "visibility_delay": ("", "random", "listed"),
    "carrier_answers": (
        "other_call",
        "other_number",
        "inbound",
        "gone",
        "html",
        "huge",
        "types",
        "unknown_status",
        "open",
    ),
}
SIZES = {
    "page_size": 2, "names": 30, "hidden_dispatch": 3, "cancel_over": 409, "foreign_live": 1,
    "foreign_calls": 2_000, "output_model": 0,
}  # fmt: skip
# A recovery is expected to end well under any of these.
SURVIVABLE = (
    "accept_then_cut", "accept_then_500", "answer_429", "slow_loris", "malformed_json", "page_cut",
    "visibility_delay", "stale_list", "status_flip", "pages_twice", "pages_short", "rotate_rows",
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """One scripted fault.

    `count` strikes are left (None: no end), `skip` chances pass first, `rate` of the chances strike,
    `seconds` is its delay or shift, `on` the part of "METHOD /path" it waits for, `retry_after` the header
    of a 429: seconds, `date` for one 30 s ahead, or any other text as it is. `n` is a size or a status,
    `word` one of WORDS.
    """

    name: str
    count: int | None = 1
    skip: int = 0
    rate: float = 1.0
    seconds: float = 2.0
    on: str = ""
    retry_after: int | str | None = None
    n: int = 0
    word: str = ""
    chances: int = 0
    strikes: int = 0

    def strikes_now(self, seed: object) -> bool:
        """Count one chance and tell whether the fault takes it."""
        self.chances += 1
        if self.chances <= self.skip or (self.count is not None and self.strikes >= self.count):
            return False
        if self.rate < 1 and draw(seed, self.name, self.chances) >= self.rate:
            return False
        self.strikes += 1
        return True

    @property
    def pause(self) -> float | None:
        """Return the seconds that a reader of `retry_after` waits, None where it says nothing readable."""
        if self.retry_after == DATED:
            return DATED_SECONDS
        try:
            return None if self.retry_after is None else float(self.retry_after)
        except ValueError:
            return None


def make_fault(name: str, **options: object) -> Fault:
    """Build a fault with its own defaults; an unknown name or option is a ValueError."""
    if name not in PLACES:
        raise ValueError(f"The sandbox knows no fault {name!r}. It knows: {', '.join(PLACES)}.")
    words = WORDS.get(name, ("",))
    wanted = {
        "count": None if name in STANDING else 1,
        "on": PLACES[name],
        "n": SIZES.get(name, 0),
        "word": words[0],
        **options,
    }
    if wanted["word"] not in words:
        raise ValueError(
            f"The fault {name!r} takes no word {wanted['word']!r}. It takes: {', '.join(words)}."
        )
    try:
        return Fault(name, **wanted)  # type: ignore[arg-type]
    except TypeError as error:
        raise ValueError(f"The fault {name!r} does not take these options: {error}.") from error


class Faults:
    """The faults of one world, asked by name at each chance to strike."""

    def __init__(self, seed: object, faults: Iterable[Fault] = ()) -> None:
        self.seed = seed
        self.all: list[Fault] = list(faults)

    def add(self, fault: Fault) -> None:
        """Arm one more fault."""
        self.all.append(fault)

    def lift(self, name: str) -> None:
        """Take every fault of this name away."""
        self.all = [fault for fault in self.all if fault.name != name]

    def hits(self, name: str, where: str = "") -> Fault | None:
        """Return the fault of this name that strikes here and now, if one does."""
        for fault in self.all:
            if fault.name == name and fault.on in where and fault.strikes_now(self.seed):
                return fault
        return None

    def standing(self, name: str) -> Fault | None:
        """Return the first fault of this name, which stays; that it struck is for the caller to count."""
        return next((fault for fault in self.all if fault.name == name), None)

    def strikes(self) -> Counter[str]:
        """Return how often the faults of each name have struck, with the word where they have one."""
        found: Counter[str] = Counter()
        for fault in self.all:
            found[f"{fault.name} {fault.word}".strip()] += fault.strikes
        return +found

    def stands(self, name: str) -> bool:
        """Tell whether a fault of this name is armed, without using it up."""
        return any(fault.name == name for fault in self.all)

    @property
    def skew(self) -> float:
        """Return by how many seconds the platform's clock is ahead of ours."""
        return sum(fault.seconds for fault in self.all if fault.name == "clock_skew")


def random_faults(seed: object) -> list[Fault]:
    """Return one to four survivable faults, the same ones for the same seed."""
    how_many = 1 + int(draw(seed, "how many") * 4)
    ranked = sorted(SURVIVABLE, key=lambda name: draw(seed, "rank", name))
    return [
        make_fault(
            name,
            count=1 + int(draw(seed, "count", name) * 3),
            skip=int(draw(seed, "skip", name) * 4),
            seconds=round(0.2 + draw(seed, "seconds", name), 2),
            retry_after=1 if draw(seed, "header", name) < 0.5 else None,  # noqa: PLR2004
        )
        for name in ranked[:how_many]
    ]
