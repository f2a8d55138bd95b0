"""Level 3: the package, with everything engineering asks for."""

from zipfile import ZipFile

from sqlmodel import Session

from models.masking.phone import workspace_key
from models.messages.diagnostics import Screenshot
from models.tables.ledger import PackageRow
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.fault_points import fault_point
from tasks.ledger import recoveries
from tasks.package.archive import PackageFile, build_package
from tasks.package.diagnostics import diagnostics, whole_numbers
from tasks.package.screenshot import read_screenshot
from tasks.prefect import publish, publish_picture, task
from tasks.triage.observe import observe, refine


@task(name="Collect the diagnostics into a package")
def make_package(ctx: RunContext, ending: Ending) -> str:
    """Build the zip, write down where it lies, return its path."""
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    _make_sure_of_a_look(ctx)
    fault_point("package.before_write")
    built = _build(ctx, recovery.id, ending.why, ending)
    fault_point("package.after_write")
    with ctx.ledger.write(ctx.held) as session:
        stored = recoveries.find(session, recovery.id)
        stored.package = str(built.path)
        session.add(stored)
        _keep(ctx, session, recovery.id, built)
    _show(ctx, recovery.id, built, recovery.id)
    return str(built.path)


def _keep(ctx: RunContext, session: Session, recovery_id: str, built: PackageFile) -> None:
    session.add(
        PackageRow(
            recovery_id=recovery_id,
            at=ctx.clock.now(),
            path=str(built.path),
            sha256=built.sha256,
            size=built.bytes,
        )
    )
    ctx.ledger.note(session, recovery_id, "package", {"sha256": built.sha256, "bytes": built.bytes})


def _make_sure_of_a_look(ctx: RunContext) -> None:
    # A run that goes on after a kill, or after an approval, has not looked at the source itself.
    if ctx.case.look is None:
        ctx.case.look = observe(ctx)
        ctx.case.calls = refine(ctx, ctx.case.look.job, ctx.case.look.rows)


def _build(
    ctx: RunContext,
    recovery_id: str | None,
    why: str,
    ending: Ending | None = None,
    screenshot: Screenshot | None = None,
) -> PackageFile:
    recovery = recoveries.get(ctx.ledger, recovery_id) if recovery_id else None
    found = diagnostics(ctx, recovery, why=why, ending=ending, screenshot=screenshot)
    numbers = whole_numbers(ctx, found.people)
    build = ctx.build_package or build_package
    key = workspace_key(ctx.secret, ctx.workspace)
    return build(found, ctx.home / "packages", key=key, numbers=numbers)


@task(name="Collect the diagnostics into a package")
def hand_over(ctx: RunContext, why: str, recovery_id: str | None, screenshot: str = "") -> PackageFile:
    """Build a package by hand and show where it lies.

    `screenshot` names a picture in the folder `screenshots` of the home: a form cannot upload one.
    """
    shot = read_screenshot(ctx.home / "screenshots" / screenshot) if screenshot else None
    built = package_of_job(ctx, why, recovery_id, shot)
    _show(ctx, ctx.case.job_id, built, recovery_id)
    return built


def _show(ctx: RunContext, of: str, built: PackageFile, recovery_id: str | None) -> None:
    words = f"Diagnostics package: `{built.path.name}`, SHA-256 `{built.sha256}`"
    if address := ctx.package_address(recovery_id, built.sha256) if recovery_id else "":
        words += f"\n\n[Download it]({address}) (for whoever has the link, while it is good)"
    publish(ctx, f"package-{of}", "Package", words)
    if ctx.flow_run_id is None:
        return
    with ZipFile(built.path) as package:
        publish_picture(ctx, f"chart-{of}", "What happened, and when", package.read("chart.png"))


def package_of_job(
    ctx: RunContext, why: str, recovery_id: str | None, screenshot: Screenshot | None = None
) -> PackageFile:
    """Build a package by hand, of a job with or without a recovery; that of a recovery is its newest."""
    built = _build(ctx, recovery_id, why, screenshot=screenshot)
    if recovery_id:
        with ctx.ledger.write() as session:
            _keep(ctx, session, recovery_id, built)
    return built
