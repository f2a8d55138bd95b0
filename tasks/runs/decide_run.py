"""One run of the deployment "decide": a list of kept-back contacts, and a person's decision about it."""

from collections.abc import Mapping
from typing import Any

from prefect.states import Completed

from models.disposition.row_numbers import rows_in
from models.enums import Choice
from models.plan.plan import SHORTEST_HASH
from tasks.finish.kept_list import kept_document, kept_markdown, risk, waits
from tasks.ledger.errors import LedgerError
from tasks.ledger.people import decisions
from tasks.ledger.store import Ledger
from tasks.prefect import Beside, publish
from tasks.prefect_api.approvals import GIVEN
from tasks.prefect_api.recovery_event import without_numbers
from tasks.prefect_api.run_states import refused
from tasks.runs.deployed import at_home
from tasks.runs.prefect_runner import run_id
from tasks.runtime.settings.settings import SettingsError
from tasks.runtime.wiring import open_runtime

SHOW = "show"


def run_decision(recovery_id: str, form: Mapping[str, Any]) -> Any:
    """Show the list or write a decision down, show the list as it is then, and return the run's state."""
    at_home()
    mine = run_id()
    try:
        ledger = open_runtime().ledger
        said = decided(ledger, recovery_id, form, f"Prefect form in run {mine}, {GIVEN}")
        document = kept_document(decisions.listed(ledger, recovery_id))
    except (SettingsError, LedgerError, ValueError) as error:
        return refused(str(error))
    publish(Beside(mine), f"kept-back-{recovery_id}", "Kept back", kept_markdown(document))
    left = f"{waits(document['to_decide'])}; the list is {document['list_state'][:SHORTEST_HASH]}."
    name = "Shown" if form["choice"] == SHOW else "Decided"
    return Completed(name=name, message=without_numbers(f"{said} {left}".strip()))


def decided(ledger: Ledger, recovery_id: str, form: Mapping[str, Any], via: str) -> str:
    """Write down what a form says and return it in a sentence, empty for one that only looks.

    Raises SettingsError, LedgerError or ValueError, in words; then nothing was written.
    """
    if form["choice"] == SHOW:
        return ""
    wish = wish_of(form, via)
    if wish.choice is Choice.REDIAL and not form["accept_risk"]:
        chosen, _ = decisions.choose(decisions.listed(ledger, recovery_id), wish)
        todo = 'Nothing was decided: switch on "They may have been called already" to redial them.'
        raise SettingsError(f"{risk(chosen)} {todo}")
    done = decisions.decide(ledger, recovery_id, wish)
    left = f" A rule keeps {len(done.left)} of them back whatever is decided." if done.left else ""
    return f"{wish.by} decided {wish.choice.value} about {len(done.chosen)} people.{left}"


def wish_of(form: Mapping[str, Any], via: str) -> decisions.Wish:
    """Return what a form asks for; raises SettingsError or ValueError, in words, where it lacks something."""
    lacks = [title for name, title in _NEEDED.items() if not str(form[name]).strip()]
    if lacks:
        raise SettingsError(f"A decision needs {' and '.join(lacks)}. Nothing was decided.")
    if sum(map(bool, (form["rows"].strip(" ,"), form["reason"].strip(), form["everybody"]))) != 1:
        raise SettingsError("Say about whom by one of rows, reason and everybody. Nothing was decided.")
    return decisions.Wish(
        choice=Choice(form["choice"]),
        by=form["by"].strip(),
        because=form["because"].strip(),
        rows=rows_in([form["rows"]]),
        reason=form["reason"].strip(),
        everybody=form["everybody"],
        state=form["list_state"],
        via=via,
    )


_NEEDED = {"by": "your name", "because": "a reason why", "list_state": "the list that you have read"}
