"""A run of the suite on one platform: scenarios, rules, missing abilities, and what each has shown."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.sandbox.scenarios import SCENARIOS
from tests.conformance.suite.bench import Bench, OnMapping, OnSite
from tests.conformance.suite.ends import expected
from tests.conformance.suite.faces import Face
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.lacking import LACKS, played
from tests.conformance.suite.site import Site
from tests.conformance.suite.wire_rules import WIRE_RULES, WRITES, can_create
from tests.conformance.suite.world_rules import WORLD_RULES

MEMORY = Path("/dev/shm")
WISHES: dict[str, dict[str, Any]] = {"poison": {"contacts": 400}, "invalid-segment": {"contacts": 48}}
"""Enough that a bulk, or a segment, is told from chance."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried: what it showed, and every sentence that stands against it."""

    kind: str
    name: str
    shown: str
    troubles: tuple[str, ...] = ()
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        told = {"kind": self.kind, "name": self.name, "shown": self.shown, "why": self.why}
        return {**told, "troubles": list(self.troubles)}


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder in memory, where there is such."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


def scenario(face: Face, name: str) -> Line:
    """Recover the job of a scenario, and hold its end and what truly happened against what has to be."""
    with folder() as home:
        site = Site(face, home, name, wishes=WISHES.get(name))
        wanted = expected(site.here.scene, face)
        told = site.recover()
        site.land()
        troubles = [f"{one.invariant}: {one.message}" for one in breaches(site)]
        if (told["state"], told["cause"]) != (wanted.state, wanted.cause):
            troubles.append(f"{wanted.state} ({wanted.cause}) was to be the end")
        site.close()
    return Line("scenario", name, f"{told['state']} ({told['cause']})", tuple(troubles), wanted.why)


def wire(bench: Bench) -> Iterator[Line]:
    """Hold an adapter against the rules of the wire."""
    creates = can_create(bench)
    for rule in WIRE_RULES:
        if rule in WRITES and not creates:
            yield Line("wire", _name(rule), "creates nothing")
        else:
            yield _line("wire", _name(rule), list(rule(bench)))


def worlds(face: Face) -> Iterator[Line]:
    """Hold an adapter against the rules that need a platform which answers, and take abilities away."""
    for rule in WORLD_RULES:
        with folder() as home:
            yield _line("world", _name(rule), list(rule(lambda: Site(face, home))))
    for lack in LACKS:
        if lack.had(face.capabilities):
            with folder() as home:
                yield _line(
                    "ability", lack.name, list(played(lack, lambda lacks: Site(face, home, lacks=lacks)))
                )


def on_face(face: Face, scenarios: Sequence[str] = tuple(SCENARIOS), *, rules: bool = True) -> Iterator[Line]:
    """Run all of it on a platform that the sandbox plays."""
    for name in scenarios:
        yield scenario(face, name)
    if rules:
        with folder() as home:
            yield from wire(OnSite(Site(face, home)))
        yield from worlds(face)


def on_mapping(mapping: Path) -> Iterator[Line]:
    """Run what needs no platform on a mapping file: the rules of the wire."""
    with folder() as home:
        yield from wire(OnMapping(mapping, home))


def _name(rule: Callable[..., Any]) -> str:
    return rule.__name__.replace("_", " ")


def _line(kind: str, name: str, troubles: list[str]) -> Line:
    return Line(kind, name, "broken" if troubles else "kept", tuple(troubles))
