"""Commands that read the books: status, audit, policy."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.ladder import RecoveryId
from deployments.cli.looking import Purpose
from deployments.cli.out import (
    AsJson,
    guarded,
    note,
    screen,
    show_columns,
    show_json,
    show_pairs,
    show_table,
)
from deployments.cli.upkeep.outbox import open_words
from deployments.cli.upkeep.restored import restored_words
from deployments.deciding.decide import show_kept
from deployments.manual.completion import recovery_ids
from models.enums import State
from models.errors import EXIT_FAULT


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status", help="List recoveries, or show one with everybody it keeps back.")(guarded(status))
    app.command("audit", help="Show the audit chain of a recovery, or verify it.")(guarded(audit))
    app.command("policy", help="Show the policy in force and where each value comes from.")(guarded(policy))


def status(
    recovery: Annotated[
        str | None,
        typer.Argument(
            metavar="RECOVERY", help="One recovery; all if not given.", autocompletion=recovery_ids
        ),
    ] = None,
    *,
    most: Annotated[int, typer.Option("--rows", min=1, help="How many are listed at most.")] = 50,
    state: Annotated[
        State | None, typer.Option("--state", help="Of the list: only those that stand so.")
    ] = None,
    workspace: Annotated[str, typer.Option("--workspace", help="Of the list: only those of this one.")] = "",
    as_json: AsJson = False,
) -> int:
    """List the newest recoveries, or show one."""
    from tasks.finish.kept_list import kept_document
    from tasks.finish.report import kept_back, report_of
    from tasks.ledger import outbox, recoveries
    from tasks.ledger.database import restores
    from tasks.ledger.people.decisions import listed
    from tasks.runtime.wiring import open_runtime

    runtime = open_runtime()
    if untold := open_words(outbox.undelivered(runtime.ledger, recovery)):
        note(untold)
    doubtful = restores.unconfirmed(runtime.ledger, runtime.settings.workspace)
    if doubtful:
        note(restored_words(doubtful))
    told = {"restored": doubtful.as_json() if doubtful else None}
    if recovery is None:
        found = recoveries.listing(runtime.ledger, most, state=state, workspace=workspace)
        return _list(runtime.ledger, found, as_json, told)
    everybody = kept_back(runtime.ledger, recovery, limit=None)
    report = report_of(runtime.ledger, recovery) | {"contacts_kept_back": everybody}
    to_decide = kept_document(listed(runtime.ledger, recovery))
    if as_json:
        show_json(report | told | {"decisions": to_decide})
        return 0
    _show_one(report, to_decide, most)
    return 0


def _show_one(report: dict[str, Any], to_decide: dict[str, Any], most: int) -> None:
    """Print one recovery, then whom it keeps back: those to decide about with why, the others by name."""
    from models.report.cut import cut_words
    from models.report.one import pairs_of

    kept = report.pop("contacts_kept_back")
    show_pairs(pairs_of(report))
    decided = {one["row"] for one in to_decide["people"]}
    if rest := [one for one in kept if one["row"] not in decided]:
        shown = [list(one.values()) for one in rest[:most]]
        show_table("For a person", ["row", "phone", "what", "why"], shown)
        whole = f"ringback status {report['recovery_id']} --rows {len(rest)}"
        if cut := cut_words(min(most, len(rest)), [one["disposition"] for one in rest], whole):
            note(cut)
    if to_decide["people"]:
        show_kept(to_decide)


def _list(ledger: Any, found: list[Any], as_json: bool, told: dict[str, Any]) -> int:
    if as_json:
        rows = [
            {
                "recovery_id": r.id,
                "job_id": r.job_id,
                "workspace": r.workspace,
                "state": r.state,
                "level": r.level,
                "started_at": r.started_at.isoformat(timespec="seconds"),
                "next_action": r.next_action,
            }
            for r in found
        ]
        show_json({"recoveries": rows} | told)
    elif found:
        _show_list(ledger, found)
    else:
        screen().print("No recovery is listed. `ringback recover JOB` starts one.")
    return 0


def _show_list(ledger: Any, found: list[Any]) -> None:
    from models.report.listed import HEAD, Listed, many_workspaces
    from tasks.ledger.people.counting import called

    counts, several = called(ledger, [one.id for one in found]), many_workspaces([r.workspace for r in found])
    rows = [
        Listed(
            r.id,
            r.state,
            r.job_id,
            *counts.get(r.id, (0, 0)),
            r.started_at,
            r.next_action,
            r.workspace if several else "",
        )
        for r in found
    ]
    show_columns(HEAD, [(one.cells(), one.follow_up()) for one in rows])


def audit(
    chain: RecoveryId,
    *,
    verify: Annotated[bool, typer.Option("--verify", help="Check every link of the chain.")] = False,
    head: Annotated[
        Path | None, typer.Option("--head", help="A head exported earlier, to check the end by.")
    ] = None,
    export_head: Annotated[
        Path | None, typer.Option("--export-head", help="Write the newest link to a file kept elsewhere.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Show or verify the audit chain of a recovery, of `opt-outs` or of the `ledger` itself."""
    from tasks.ledger import recoveries
    from tasks.ledger.audit import entries
    from tasks.ledger.database import restores
    from tasks.ledger.people import opt_outs
    from tasks.runtime.wiring import open_runtime

    runtime = open_runtime()
    of_all = chain in {opt_outs.CHAIN, restores.CHAIN}
    recovery = chain if of_all else recoveries.resolve(runtime.ledger, chain)
    if export_head:
        _export(runtime, recovery, export_head)
    if verify:
        return _verify(runtime, recovery, head, as_json)
    rows = [
        {"seq": e.seq, "at": e.at, "kind": e.kind, "body": e.body, "mac": e.mac}
        for e in entries(runtime.ledger, recovery)
    ]
    if as_json:
        show_json({"recovery_id": recovery, "entries": rows})
    elif not rows:
        screen().print(f"Nothing stands in the audit of {recovery}.")
    else:
        show_table(
            f"Audit of {recovery}",
            ["seq", "at", "kind", "body"],
            [[r["seq"], r["at"], r["kind"], r["body"]] for r in rows],
        )
    return 0


def _verify(runtime: Any, recovery: str, head: Path | None, as_json: bool) -> int:
    from tasks.ledger.audit import examine

    found = examine(runtime.ledger, recovery, runtime.keys.by_id, _read_head(head))
    problems = [{"seq": p.seq, "kind": str(p.kind), "words": p.message} for p in found.problems]
    document = {"recovery_id": recovery, "ok": found.ok, "entries": found.count, "problems": problems}
    if as_json:
        show_json(document)
    elif found.ok:
        screen().print(
            f"The one entry of {recovery} holds."
            if found.count == 1
            else f"All {found.count:,} entries of {recovery} hold."
        )
    else:
        for problem in problems:
            note(f"entry {problem['seq']}: {problem['words']}")
    return 0 if found.ok else EXIT_FAULT


def _read_head(path: Path | None) -> Any:
    import json

    from models.audit.chain import Head
    from tasks.runtime.settings.settings import SettingsError

    if path is None:
        return None
    try:
        return Head(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        raise SettingsError(f"The head {path} cannot be read. Export one with --export-head.") from None


def _export(runtime: Any, recovery: str, path: Path) -> None:
    import json
    from dataclasses import asdict

    from tasks.ledger.audit import export_head

    head = export_head(runtime.ledger, recovery)
    if head:
        path.write_text(json.dumps(asdict(head)) + "\n")


def policy(*, purpose: Purpose = None, as_json: AsJson = False) -> int:
    """Show every key of the policy with its value in force, its source, and who loosened it."""
    from models.policy.effective import HARD_RULES, effective, sources
    from tasks.runtime.settings.settings import load_settings, run_policy

    settings = load_settings()
    chosen, given, run = run_policy(settings, {"purpose": purpose})
    rows = list(effective(chosen, str(settings.policy), given, run))
    if as_json:
        document = {"policy": [row.as_json() for row in rows], "hard_rules": list(HARD_RULES)}
        show_json(document | {"sources": dict(sources(chosen))})
        return 0
    told = [[row.key, row.value, row.source, _note(row), row.means] for row in rows]
    show_table("Policy", ["key", "value", "from", "because", "means"], told)
    show_pairs(
        {f"preset {key}": words for key, words in sources(chosen).items()} | {"never": "; ".join(HARD_RULES)}
    )
    show_pairs({"file": settings.policy or "none: set RINGBACK_POLICY to a TOML file to change a value"})
    return 0


def _note(row: Any) -> str:
    return f"{row.by}: {row.reason}" if row.by else ""
