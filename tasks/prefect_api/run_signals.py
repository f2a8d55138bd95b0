"""What people press on a run in Prefect, as the recovery that the run conducts hears it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import get_client

from models.verdict.ending import StopWish
from tasks.prefect_api.rest import PrefectRest, Row
from tasks.runs.stop_signals import Ask

CANCELS = frozenset({"CANCELLING", "CANCELLED"})
STOPS = frozenset({"PAUSED", "COMPLETED", "FAILED"})
"""States that a run which still works was put into by a person.

Crashed is none of them: it may be a heartbeat that came late, and the lease decides then.
"""


def wish_of(state: Row) -> StopWish | None:
    """Return what the state of a run that works asks it to do, None where it may go on."""
    kind = str(state.get("type", ""))
    if kind not in CANCELS | STOPS:
        return None
    return StopWish(f"{state.get('name') or kind}, set on its run in Prefect", cancels=kind in CANCELS)


def rest_of() -> PrefectRest:
    """Return the API of the server that conducts this process."""
    with get_client(sync_client=True) as client:
        return PrefectRest(str(client.api_url).rstrip("/"))


@contextmanager
def asking(run_id: str, server: PrefectRest | None = None) -> Iterator[Ask]:
    """Give a question about what is pressed on a run; a Prefect that does not answer presses nothing."""
    with server or rest_of() as api:

        def ask() -> StopWish | None:
            try:
                return wish_of(api.peek(run_id))
            except (httpx.HTTPError, ValueError, AttributeError):
                return None

        yield ask
