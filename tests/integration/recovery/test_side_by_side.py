"""Real processes at one ledger at the same time."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from tasks.ledger.audit import entries, examine
from tasks.runtime.database import open_ledger
from tests.integration.scenes import KEY, KEYS, claimed
from tests.integration.workers import Worker, migrate, note

WRITES = 200


@contextmanager
def at_once(*asked: Callable[[], Worker]) -> Iterator[list[Worker]]:
    """Start processes, let all of them go at the same moment, and leave none behind."""
    with ExitStack() as stack:
        workers = [stack.enter_context(closing(start())) for start in asked]
        for worker in workers:
            assert worker.hears() == "ready"
        for worker in workers:
            worker.says()
        yield workers


def test_two_processes_lose_no_write(url: str) -> None:
    """Of 200 writes of each of two processes into one chain none is lost, and the chain verifies."""
    ledger = open_ledger(url, KEY)
    claimed(ledger)
    with at_once(*(partial(Worker, note, url, "r_1", name, str(WRITES)) for name in "ab")) as workers:
        assert [worker.ends() for worker in workers] == [0, 0]
    found = entries(ledger, "r_1")[1:]
    ledger.engine.dispose()
    turns = Counter((entry.body["by"], entry.body["turn"]) for entry in found)
    assert turns == {(name, turn): 1 for name in "ab" for turn in range(WRITES)}
    assert examine(ledger, "r_1", KEYS).ok


def test_processes_that_open_an_empty_database_together_all_get_a_ledger(empty_url: str) -> None:
    """However many processes migrate at the same moment, one does, and the others use what it made."""
    with at_once(*[partial(Worker, migrate, empty_url)] * 4) as workers:
        said = {worker.hears() for worker in workers}
        assert [worker.ends() for worker in workers] == [0] * 4
    assert said == {empty_url.partition(":")[0]}
    ledger = open_ledger(empty_url, KEY)
    assert claimed(ledger).token == 1
    ledger.engine.dispose()
