"""The command that shows figures over all recoveries."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from deployments.cli.out import AsJson, guarded, screen, show_json
from models.errors import EXIT_OK

BAR = 20
"""Columns of the longest bar."""


OURS = ("cause", "end")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stats", help="Figures over recoveries: by cause, end, platform and workspace.")(
        guarded(stats)
    )


def stats(
    *,
    since: Annotated[
        int | None, typer.Option("--since", metavar="DAYS", min=1, help="Only those begun in so many days.")
    ] = None,
    workspace: Annotated[
        str, typer.Option("--workspace", help="Only this workspace; all of them if not given.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Count recoveries, how long they took, whom they reached, and whom they keep back."""
    from models.report.stats import figures
    from tasks.ledger.people.figures import cells
    from tasks.runtime.wiring import open_runtime

    ledger = open_runtime().ledger
    begun = ledger.clock.now() - timedelta(days=since) if since else None
    found = figures(cells(ledger, begun, workspace))
    if as_json:
        show_json({"since_days": since, "workspace": workspace or None} | found)
        return EXIT_OK
    if not found["total"]["recoveries"]:
        screen().print("No recoveries in that time. `ringback recover JOB` starts one.")
        return EXIT_OK
    screen().print(_headline(found["total"]), markup=False, highlight=False)
    for name, lines in found["by"].items():
        _show(name, lines)
    return EXIT_OK


def _headline(total: dict[str, Any]) -> str:
    from models.triage.findings import plural

    took = f", half of the recovered ones in {_long(total['median_seconds'])} or less"
    return (
        f"{plural(total['recoveries'], 'recovery', 'recoveries')}"
        f"{took if total['median_seconds'] is not None else ''}: "
        f"{plural(total['saved'], 'contact')} saved by {plural(total['redialled'], 'redial')}, "
        f"{total['kept_back']:,} kept back, {plural(total['false_starts'], 'false start')}."
    )


def _show(name: str, lines: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    most = max(line["recoveries"] for line in lines)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(name, overflow="fold", min_width=10)
    table.add_column("recoveries", no_wrap=True)
    for head in ("median", "saved", "kept", "false"):
        table.add_column(head, justify="right", no_wrap=True)
    for line in lines:
        bar = "━" * max(1, round(BAR * line["recoveries"] / most))
        figures = [f"{line[one]:,}" for one in ("saved", "kept_back", "false_starts")]
        counted = f"{bar} {line['recoveries']:,}"
        # Only our own words are spelt out: a workspace is called what it is called.
        shown = line[name].replace("_", " ") if name in OURS else line[name]
        table.add_row(escape(shown), counted, _long(line["median_seconds"]), *figures)
    screen().print()
    screen().print(table)


def _long(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds} s"
