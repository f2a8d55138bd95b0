"""Plays many cases in a few processes, each with ledgers of its own."""

import gc
import multiprocessing
from collections.abc import Container, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from models.reasons.table import ReasonTable
from tests.simulation.case import draw_case
from tests.simulation.play import Play, open_engine
from tests.simulation.truth import Outcome

BATCH = 50
"""Cases that share a ledger: enough to forget what opening it costs, few enough to keep it small."""
_RARELY = 100_000


def play_batch(seed: int, first: int, last: int) -> list[Outcome]:
    """Play the cases `first` to `last` - 1 of a seed."""
    gc.set_threshold(_RARELY)  # a ledger in memory is all objects, and nearly all of them stay
    engine, elsewhere, table = open_engine(), open_engine(), ReasonTable.packaged()
    with TemporaryDirectory() as home:
        cases = (draw_case(seed, n) for n in range(first, last))
        found = [Play(case, engine, table, Path(home), elsewhere).outcome() for case in cases]
    for one in (engine, elsewhere):
        one.dispose()
    gc.collect()
    return found


def play(recoveries: int, seed: int, processes: int, known: Container[int] = ()) -> Iterator[list[Outcome]]:
    """Play cases 0 to `recoveries` - 1 and yield them as their batches end; not those that are `known`."""
    batches = [
        (first, min(first + BATCH, recoveries))
        for first in range(0, recoveries, BATCH)
        if any(case not in known for case in range(first, min(first + BATCH, recoveries)))
    ]
    if processes == 1:
        for first, last in batches:
            yield play_batch(seed, first, last)
        return
    # A fresh interpreter each: nothing of ours may depend on what another process has open.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        jobs = [pool.submit(play_batch, seed, first, last) for first, last in batches]
        for job in as_completed(jobs):
            yield job.result()
