"""A platform's abilities in words: what it can do, and what ringback does where it cannot."""

from collections.abc import Iterator, Mapping

from models.enums import Absence, Fence, Find, Reads, Stop, Unit
from models.platform import Capabilities

READS: Mapping[Reads, str] = {
    Reads.PLATFORM: "Jobs are read from the platform.",
    Reads.HANDOVERS: "Jobs are read from what operators hand over; movement is judged between two of them.",
    Reads.JOINED: "Calls are read from the platform; whom a job holds, and its state, operators hand over.",
}


def abilities(can: Capabilities) -> Iterator[str]:
    """Yield one sentence for each ability that decides how careful a recovery is."""
    yield READS[can.reads]
    yield (
        "Jobs are listed, so second runs and waves of other ledgers are seen."
        if can.can_list_jobs
        else "Jobs are not listed: a second run that nobody hands over is not seen."
    )
    yield (
        "Calls are listed, so repeated deliveries are seen."
        if can.can_list_calls
        else "Calls are not listed: a repeated delivery is not seen."
    )
    yield _stopped(can)
    yield _wave(can)
    yield _unclear(can)
    yield (
        "Calls in the air are counted by the platform."
        if can.has_live_count
        else "Calls in the air are not counted: half of the permits are left to others."
    )
    if can.asks_first:
        yield "The platform asks before each call of a wave, and makes none without a yes from the ledger."


def _wave(can: Capabilities) -> str:
    if can.campaigns:
        return "A wave is an outbound campaign on the platform, with one attempt a contact."
    if can.drafts:
        return "A wave is one job on the platform: made as a draft, looked at, and then started."
    if can.unit is Unit.JOB:
        return "A wave is one job on the platform."
    return "A wave is one call a contact, each with an answer of its own."


def _stopped(can: Capabilities) -> str:
    if can.fence is not Fence.PLATFORM:
        return "The source job is stopped by a person, who says so by name."
    if not can.can_stop:
        return "Nothing stops the source job: nobody whom it still owns is redialled before it has ended."
    if can.stop is Stop.PAUSE:
        return (
            "The source job is paused by a program, which is all the stop there is: anybody may have it go "
            "on, so it is read again before every wave."
        )
    return "The source job is stopped by a program."


def _unclear(can: Capabilities) -> str:
    if can.find is Find.NEVER:
        return "A request without an answer cannot be looked up: its contact is held, and never called again."
    if can.find is Find.TOKEN and can.unit is Unit.JOB:
        return (
            "A request without an answer is looked up, and sent again with the same token, which makes no "
            f"second wave for {can.token_seconds / 60:.0f} minutes; after that only after proof that it is "
            "not there."
        )
    if can.find is Find.TOKEN:
        return (
            "A request without an answer is sent again with the same token, which makes no second call for "
            f"{can.token_seconds / 60:.0f} minutes; after that its contact is held."
        )
    if can.absence is Absence.NEVER:
        return "A request without an answer is looked up; not to be found is no proof, and holds."
    return "A request without an answer is looked up, and sent again only after proof that it is not there."
