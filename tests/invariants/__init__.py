"""An independent checker of the promises: it holds the ledger against the sandbox's true history.

It shares no code with what it checks but the names of the tables and the audit chain's verification.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from tests.invariants import books, dialled, limits, twice
from tests.invariants.facts import Breach, Facts, JobKey, Store, gather
from tests.invariants.twins import same_ledger

__all__ = ["Breach", "check", "same_ledger"]

Rule = Callable[[Facts], Iterable[Breach]]

RULES: tuple[Rule, ...] = (
    dialled.once_in_the_ledger,
    dialled.once_on_the_platform,
    twice.once_over_all_ledgers,
    dialled.source_stood_still,
    dialled.known_to_the_ledger,
    dialled.nobody_settled,
    dialled.nobody_ruled_out,
    dialled.as_decided,
    dialled.within_the_budget,
    books.sums_hold,
    books.waves_agree,
    books.chain_holds,
    books.as_approved,
    books.nobody_lost,
    books.outcomes_happened,
    limits.room_left,
    limits.permits_kept,
    limits.let_go,
    limits.stopped_after_abort,
)


def check(
    ledger: Store, history: Mapping[str, Any], job_key: JobKey, keys: Mapping[str, bytes]
) -> tuple[Breach, ...]:
    """Hold all recoveries of one job against the invariants; empty when every promise was kept.

    `ledger` is an open ledger or its engine, `history` what `Sandbox.history` returns after the calls have
    landed, `job_key` workspace, platform and job id, `keys` the audit keys by id.
    """
    facts = gather(ledger, history, job_key, keys)
    return tuple(chain.from_iterable(rule(facts) for rule in RULES))
