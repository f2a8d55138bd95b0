"""The one Protocol that every carrier fulfils."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from models.carrier import CarrierCall


@dataclass(frozen=True, slots=True)
class CarrierAnswer:
    """What a carrier has told of one call, and to which number it was; None where it tells none."""

    call: CarrierCall
    to: str | None


class Carrier(Protocol):
    """What is asked of a carrier: nothing but reads, and none of them raises while people are looked at.

    What is not told stays unknown, and `gaps` says so.
    """

    name: str

    def is_id(self, carrier_id: str) -> bool:
        """Tell whether an id is written as this carrier writes those of its calls."""
        ...

    def remembers(self, carrier_id: str) -> bool:
        """Tell whether a call is not asked about again: it is over, or it is not of this account."""
        ...

    def look_up(self, carrier_ids: Iterable[str]) -> Mapping[str, CarrierAnswer]:
        """Return what is told of calls by id; those of which nothing is told are left out."""
        ...

    def untold(self, message: str) -> None:
        """Keep one more gap, a clause that names no person."""
        ...

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be asked so far, each as a clause, once."""
        ...

    def check(self) -> str:
        """Return in a sentence that the keys are taken; raises PlatformError where they are not."""
        ...
