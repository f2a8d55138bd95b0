"""Commands about what is told outside: the outbox, and the figures for a monitoring system."""

import threading
from typing import Annotated, Any

import typer

from deployments.cli.out import AsJson, guarded, note, screen, show_json, show_table
from models.triage.findings import plural


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("outbox", help="Show and push what is still to be told outside.")(guarded(outbox))
    app.command("metrics", help="Serve figures of the ledger for Prometheus, or print them once.")(
        guarded(metrics)
    )


def outbox(
    *,
    once: Annotated[bool, typer.Option("--once", help="Deliver what is due, then end.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Try what was given up once more, and all the rest at once.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Show what waits, or deliver it."""
    from tasks.ledger import outbox as rows
    from tasks.runtime.outbox import post_of
    from tasks.runtime.wiring import open_runtime

    runtime = open_runtime()
    done: dict[str, int] = {}
    if again:
        rows.again(runtime.ledger)
    if once or again:
        post = post_of(runtime.settings, runtime.ledger, runtime.keys.phones)
        done = {state.value: count for state, count in post.push().items()}
    left = [_shown(row) for row in rows.undelivered(runtime.ledger)]
    if as_json:
        show_json({"tried": done, "outbox": left})
    elif left:
        show_table("Not delivered", list(left[0]), [list(row.values()) for row in left])
        note("`ringback outbox --once` delivers what is due, `--again` also what was given up.")
    else:
        screen().print("Everything has been delivered.")
    return 0


def _to(row: Any) -> str:
    from models.hooks.ids import shown_ticket

    return shown_ticket(f"{row.system}:{row.target}")


def _shown(row: Any) -> dict[str, Any]:
    return {
        "recovery_id": row.recovery_id,
        "milestone": row.milestone,
        "to": _to(row),
        "state": row.state,
        "tries": row.tries,
        "next_try": row.next_try.isoformat(timespec="seconds"),
        "last_words": row.last_words,
    }


def metrics(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Serve at this port; 0 prints the figures once.")
    ] = 0,
    host: Annotated[str, typer.Option("--host", help="Address to serve at.")] = "127.0.0.1",
    as_json: AsJson = False,
) -> int:
    """Serve the figures until stopped."""
    from deployments.metrics import metrics_samples, metrics_text, serve_metrics
    from tasks.runtime.wiring import open_runtime

    ledger = open_runtime().ledger
    if not port and as_json:
        show_json({"figures": metrics_samples(ledger)})
        return 0
    if not port:
        screen().out(metrics_text(ledger), end="", highlight=False)
        return 0
    with serve_metrics(ledger, host, port) as url:
        if as_json:
            show_json({"url": url})
        note(f"Figures at {url}; stop with Ctrl-C.")
        threading.Event().wait()
    return 0


def open_words(rows: list[Any]) -> str:
    """Return one sentence about what was not delivered, empty where all was."""
    waiting = [row for row in rows if row.state == "waiting"]
    lost = [row for row in rows if row.state != "waiting"]
    parts = []
    if waiting:
        parts.append(f"{plural(len(waiting), 'message waits', 'messages wait')} to be delivered.")
    if lost:
        parts.append(
            f"{plural(len(lost), 'message was', 'messages were')} given up: "
            f"{_to(lost[-1])}: {lost[-1].last_words}"
        )
    return " ".join([*parts, "`ringback outbox` shows them."]) if parts else ""
