"""How everybody who was expected came to an end: a few groups, and the ends in each; both add up."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.report.people import SAID, People, PersonEnd


@dataclass(frozen=True, slots=True)
class End:
    """One end, and how many came to it."""

    end: PersonEnd
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class EndGroup:
    """Ends that mean the same to the reader, and how many came to any of them."""

    name: str
    message: str
    ends: tuple[End, ...]

    @property
    def count(self) -> int:
        """Return how many there are in all of its ends."""
        return sum(one.count for one in self.ends)


GROUPS: Mapping[str, tuple[PersonEnd, ...]] = {
    "reached": (PersonEnd.REACHED_BEFORE, PersonEnd.REACHED_BY_RECOVERY),
    "not_reached": (
        PersonEnd.NO_ANSWER,
        PersonEnd.VOICEMAIL,
        PersonEnd.DECLINED,
        PersonEnd.DEAD_NUMBER,
        PersonEnd.FAILED,
    ),
    "not_to_be_called": (PersonEnd.SUPPRESSED, PersonEnd.NO_NUMBER, PersonEnd.REPEATED),
    "under_way": (PersonEnd.IN_AIR, PersonEnd.WAITING),
    "left": (
        PersonEnd.KEPT_BACK,
        PersonEnd.NOT_CALLED,
        PersonEnd.ELSEWHERE,
        PersonEnd.LEFT_TO_SOURCE,
        PersonEnd.UNLISTED,
    ),
}
"""Every end is in exactly one group."""

GROUP_WORDS: Mapping[str, str] = {
    "reached": "Reached",
    "not_reached": "Called, not reached",
    "not_to_be_called": "Not to be called",
    "under_way": "Under way",
    "left": "Left",
}

FOR_CUSTOMERS: Mapping[PersonEnd, str] = {
    PersonEnd.REACHED_BEFORE: "by the batch itself",
    PersonEnd.REACHED_BY_RECOVERY: "by our new calls",
    PersonEnd.VOICEMAIL: "voicemail answered",
    PersonEnd.NO_ANSWER: "no answer, or busy",
    PersonEnd.DECLINED: "declined the call",
    PersonEnd.SUPPRESSED: "do not want to be called",
    PersonEnd.DEAD_NUMBER: "the number does not work",
    PersonEnd.NO_NUMBER: "no phone number that can be called",
    PersonEnd.REPEATED: "listed more than once",
    PersonEnd.FAILED: "the call failed",
    PersonEnd.KEPT_BACK: "to be checked by us first",
    PersonEnd.ELSEWHERE: "called by another batch",
    PersonEnd.LEFT_TO_SOURCE: "taken up by the batch itself meanwhile",
    PersonEnd.IN_AIR: "being called now",
    PersonEnd.WAITING: "still to be called",
    PersonEnd.NOT_CALLED: "not called",
    PersonEnd.UNLISTED: "not shown by the calling system",
}

FOR_ENGINEERS: Mapping[PersonEnd, str] = {
    PersonEnd.REACHED_BEFORE: "reached before",
    PersonEnd.REACHED_BY_RECOVERY: "reached by recovery",
    **SAID,
}


def flow_of(people: People, words: Mapping[PersonEnd, str]) -> tuple[EndGroup, ...]:
    """Return the groups that anybody is in, with their ends that anybody came to."""
    groups = (
        EndGroup(
            name,
            GROUP_WORDS[name],
            tuple(End(end, words[end], people.of(end)) for end in ends if people.of(end)),
        )
        for name, ends in GROUPS.items()
    )
    return tuple(group for group in groups if group.count)
