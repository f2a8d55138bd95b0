"""The command that shows whom a recovery keeps back, and takes a person's decision about them."""

from typing import Annotated, Any

import typer

from deployments.cli.ladder import RecoveryId
from deployments.cli.out import AsJson, can_ask, guarded, note, screen, show_json, show_pairs, show_table
from models.enums import Choice
from models.errors import EXIT_OK


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decide", help="Show whom a recovery keeps back, or decide what becomes of them.")(
        guarded(decide)
    )


def decide(
    recovery: RecoveryId,
    *,
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="N", help="A row of the list, or a span: 30-34.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="CODE", help="All whom this reason or code keeps back.")
    ] = "",
    everybody: Annotated[bool, typer.Option("--all", help="All who wait for a decision.")] = False,
    choice: Annotated[
        Choice | None,
        typer.Option("--as", help="redial; reached: never dialled again; never: suppressed too."),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")] = "",
    because: Annotated[
        str, typer.Option("--because", metavar="TEXT", help="Why; it goes into plan and audit.")
    ] = "",
    state: Annotated[
        str, typer.Option("--state", metavar="HASH", help="The list that was read; another is refused.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Redial although they may have been called already.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Show whom a recovery keeps back; with --as, decide about some of them or all."""
    from tasks.ledger.people import decisions
    from tasks.prefect_api.approvals import GIVEN
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime, who

    ledger = open_runtime().ledger
    kept = decisions.listed(ledger, recovery)
    if choice is None:
        if row or reason or everybody or yes:
            raise SettingsError("Say with --as what becomes of them: redial, reached or never.")
        return _show(kept, as_json)
    wish = decisions.Wish(
        choice=choice,
        by=_named(by),
        because=because.strip(),
        rows=_rows(row or []),
        reason=reason.strip(),
        everybody=everybody,
        state=state or kept.state,
        via=f"command line as {who()}, {GIVEN}",
    )
    _complete(wish)
    chosen, _ = decisions.choose(kept, wish)
    if choice is Choice.REDIAL and not yes and not _accepted(chosen, as_json):
        note("Nothing was decided.")
        return EXIT_OK
    done = decisions.decide(ledger, recovery, wish)
    return _told(done, wish, decisions.listed(ledger, recovery), as_json)


def _named(by: str) -> str:
    from models.hooks.ids import by_trouble
    from tasks.runtime.settings.settings import SettingsError

    if not by.strip() or (trouble := by_trouble(by)):
        raise SettingsError(f"--by: {trouble if by.strip() else 'say who decides.'}")
    return by.strip()


def _rows(words: list[str]) -> tuple[int, ...]:
    from models.disposition.row_numbers import rows_in
    from tasks.runtime.settings.settings import SettingsError

    try:
        return rows_in(words)
    except ValueError as error:
        raise SettingsError(f"--row: {error}") from None


def _complete(wish: Any) -> None:
    from tasks.runtime.settings.settings import SettingsError

    if sum(map(bool, (wish.rows, wish.reason, wish.everybody))) != 1:
        raise SettingsError("Say about whom: --row N (as often as needed), --reason CODE, or --all.")
    if not wish.because:
        raise SettingsError("Say with --because why; it stands in the plan and in the audit.")


def _accepted(chosen: tuple[Any, ...], as_json: bool) -> bool:
    from tasks.finish.kept_list import risk
    from tasks.runtime.settings.settings import SettingsError

    said = risk(chosen)
    if as_json or not can_ask():
        raise SettingsError(
            f"{said} Nothing was decided: say with --yes that they are redialled all the same."
        )
    try:
        return typer.confirm(f"{said} Redial them all the same?", default=False, err=True)
    except typer.Abort:  # Ctrl-C and Ctrl-D decide nothing
        return False


def _show(kept: Any, as_json: bool) -> int:
    from tasks.finish.kept_list import kept_document

    document = kept_document(kept)
    if as_json:
        show_json(document)
        return EXIT_OK
    show_kept(document)
    return EXIT_OK


def show_kept(document: dict[str, Any]) -> None:
    """Print a list as people read it: each reason once, each person, and the exact next command."""
    people = document["people"]
    if people:
        head = ["row", "phone", "reason", "code", "why", "decided"]
        rows = [
            [one["row"], one["phone"], one["reason"], one["code"], one["why"], _said(one)] for one in people
        ]
        show_table(f"Kept back by {document['recovery_id']}", head, rows)
    told = {
        "job": document["job_id"],
        "to decide": document["to_decide"],
        "list": document["list_state"][:12],
    }
    show_pairs(told | _next(document))


def _next(document: dict[str, Any]) -> dict[str, str]:
    more = document["carry_out"] if document["carry_out"] != document["next"] else ""
    told = {"next": document["next"] or "nothing: nobody waits for a decision"}
    return told | ({"or carry out": more} if more else {})


def _said(one: dict[str, Any]) -> str:
    made = one["decision"]
    if made:
        return f"{made['as']} by {made['by']}: {made['because']}"
    against = f"no redial: {one['no_redial']}" if one["no_redial"] else ""
    return one["taken_back"] or against


def _told(done: Any, wish: Any, kept: Any, as_json: bool) -> int:
    from tasks.finish.kept_list import kept_document

    document = kept_document(kept)
    left = [{"row": one.row, "why": one.rule} for one in done.left]
    if as_json:
        told = {"as": wish.choice.value, "by": wish.by, "because": wish.because}
        show_json(told | {"rows": [one.row for one in done.chosen], "left": left, "list": document})
        return EXIT_OK
    rows = ", ".join(str(one.row) for one in done.chosen)
    screen().print(f"Decided {wish.choice.value} about row {rows}.", markup=False, highlight=False)
    for one in left:
        note(f"Row {one['row']} stays kept back: {one['why']}.")
    show_pairs({"to decide": document["to_decide"]} | _next(document))
    return EXIT_OK
