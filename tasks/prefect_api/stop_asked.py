"""Which suspended run asks for a stop, told by what Prefect keeps of it; read without importing Prefect."""

from collections.abc import Mapping
from typing import Any

from models.enums import State
from models.tables.ledger import Recovery
from tasks.ledger.handovers import is_stop_unheard
from tasks.ledger.leases import token_of
from tasks.ledger.store import Ledger

HERE, ELSEWHERE = "stopped", "said elsewhere"
HEARD = {"said": ELSEWHERE, "name": "ringback", "processed": None}
"""What wakes such a run where the stop was said by another door, or is not waited for any more."""
_STOP = "stop-"


def stop_key(token: int) -> str:
    """Return the key of the question that a run asks which has claimed its job as the so-manieth."""
    return f"{_STOP}{token}"


def suspended(token: int) -> str:
    """Return under which name Prefect keeps that question and its answer."""
    return f"suspended-{stop_key(token)}"


def asks_for_stop(run: Mapping[str, Any]) -> bool:
    """Tell whether a run is suspended with the form for a stop, and not with a plan."""
    return _question(run).startswith(f"suspended-{_STOP}")


def still_asks(ledger: Ledger, stored: Recovery, run: Mapping[str, Any]) -> bool:
    """Tell whether a run is suspended with the newest question for a stop, and nobody has answered it yet."""
    waits = stored.state == State.HELD.value and stored.resumable
    newest = _question(run).startswith(f"{suspended(token_of(ledger, stored))}-")
    return waits and newest and not is_stop_unheard(ledger, stored)


def _question(run: Mapping[str, Any]) -> str:
    details = (run.get("state") or {}).get("state_details") or {}
    kept = details.get("run_input_keyset") or {}
    return str(kept.get("schema") or "") if run.get("state_type") == "PAUSED" else ""
