"""The worker: takes requests from the inbox, one after the other, and starts their runs."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

import httpx

from deployments.gateway.starter import PermanentStartError, RetryableStartError, Starter
from models.enums import State
from models.hooks.order import Act, StartRequest
from models.tables.gateway import InboxRow
from tasks.ledger import recoveries
from tasks.ledger.errors import LedgerError
from tasks.ledger.inbox import answers, joins
from tasks.ledger.inbox import turns as inbox_turns
from tasks.ledger.leases import is_held
from tasks.ledger.store import Ledger
from tasks.prefect_api.run_ends import RunEnd

log = logging.getLogger("ringback.gateway")

Wake = Callable[[str], None]
"""Lets the recovery of an id go on; may be called twice."""
DECIDED = frozenset({State.HELD, State.CANCELLED})
"""Ends that a person brings about while a run waits: that run has yet to show them."""
IDLE_SECONDS = 1.0
PRUNE_EVERY = timedelta(hours=1)
ASK_EVERY = timedelta(seconds=5)
"""How often Prefect is asked what became of runs that have led to no recovery yet."""


class Worker:
    """Turns requests into runs; everything it knows stands in the inbox, so it may die anywhere."""

    def __init__(
        self,
        ledger: Ledger,
        starter: Starter,
        wake: Wake,
        keep: timedelta,
        *,
        back: answers.WriteBack = answers.NOBODY_ASKED,
        ended: RunEnd | None = None,
    ) -> None:
        self._ledger, self._starter, self._wake, self._keep = ledger, starter, wake, keep
        self._back, self._ended = back, ended
        self._kicked, self._stopping = Event(), Event()
        self._thread: Thread | None = None
        self._pruned: datetime | None = None
        self._asked: datetime | None = None

    def turn(self) -> bool:
        """Take one request and bring it on; False where none is due."""
        row = inbox_turns.take(self._ledger)
        if row is None:
            return False
        try:
            self._carry_out(row)
        except LedgerError:
            raise  # the row stays claimed, and is taken again when the claim has run out
        except PermanentStartError as error:
            inbox_turns.refused(self._ledger, row, str(error), self._back)
            log.warning("Request %s will not be started. %s", row.id, error, extra=_about(row))
        except RetryableStartError as error:
            self._put_back(row, str(error))
        except Exception as error:  # noqa: BLE001  whatever it is, the request must not lie for ever
            self._put_back(row, f"An unforeseen {type(error).__name__}; tried again later.")
        return True

    def _put_back(self, row: InboxRow, message: str) -> None:
        pause = inbox_turns.later(self._ledger, row, message, self._back)
        log.warning("Request %s waits %.0f s. %s", row.id, pause, message, extra=_about(row))

    def turns(self) -> int:
        """Work off all that is due and return how many requests that were."""
        done = 0
        while self.turn():
            done += 1
        self._look_back()
        return done

    def _look_back(self) -> None:
        """Tell tickets of recoveries that have begun meanwhile, and of runs that ended before they had."""
        joins.catch_up(self._ledger, self._back.systems)
        now = self._ledger.clock.now()
        if self._ended is None or (self._asked and now - self._asked < ASK_EVERY):
            return
        self._asked = now
        for row in answers.unanswered(self._ledger):
            try:
                why = self._ended(row.run_id or "")
            except httpx.HTTPError:
                return  # asked again later; the run may well go on meanwhile
            if why and answers.came_to_nothing(self._ledger, row.id, why, self._back):
                log.warning("Request %s led to nothing. %s", row.id, why, extra=_about(row))

    def _carry_out(self, row: InboxRow) -> None:
        if row.act == Act.WAKE.value:
            self._carry_out_wake(row)
            return
        if row.request is None or row.key is None:
            raise PermanentStartError("The request holds nothing to start.")
        tags = ("ringback", f"source:{row.source}", f"request:{row.id}")
        run_id = self._starter.start(StartRequest(row.request, row.key, tags))
        inbox_turns.started(self._ledger, row, run_id)
        log.info("Request %s started run %s for job %s.", row.id, run_id, row.job_id, extra=_about(row))

    def _carry_out_wake(self, row: InboxRow) -> None:
        stored = recoveries.get(self._ledger, row.recovery_id or "")
        if is_held(self._ledger, (stored.workspace, stored.platform, stored.job_id)):
            raise RetryableStartError(
                "A process still runs the recovery; looked at again when it has let go."
            )
        state = State(stored.state)
        if state.is_end and state not in DECIDED:
            inbox_turns.ignored(self._ledger, row, f"The recovery has ended ({stored.state}).")
            return
        self._wake(stored.id)
        inbox_turns.started(self._ledger, row, "")

    def kick(self) -> None:
        """Say that there is something to do."""
        self._kicked.set()

    def begin(self) -> None:
        """Work in a thread until `end`."""
        self._thread = Thread(target=self._run, name="ringback inbox", daemon=True)
        self._thread.start()

    def end(self, seconds: float = 5.0) -> None:
        """Stop after the request at hand; one that hangs is left to the next process."""
        self._stopping.set()
        self.kick()
        if self._thread:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self.turn()
                if not busy:
                    self._look_back()
                self._prune()
            except LedgerError as error:
                log.error("The inbox cannot be read: %s", error)  # noqa: TRY400  its sentence says all
                busy = False
            except Exception as error:  # noqa: BLE001  a worker that dies would let every hook lie
                log.error("The inbox's worker met a %s and goes on.", type(error).__name__)  # noqa: TRY400
                busy = False
            if not busy:
                self._kicked.wait(IDLE_SECONDS)
                self._kicked.clear()

    def _prune(self) -> None:
        now = self._ledger.clock.now()
        if self._pruned is None or now - self._pruned > PRUNE_EVERY:
            self._pruned = now
            inbox_turns.prune(self._ledger, self._keep)


def _about(row: InboxRow) -> dict[str, str | None]:
    """Return what a log says of a request beside its sentence."""
    found = {"request": row.id, "job": row.job_id, "workspace": row.workspace}
    return found | {"recovery": row.recovery_id, "flow_run_id": row.run_id}
