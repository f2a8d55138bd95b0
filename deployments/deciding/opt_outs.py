"""Whether a number is on the list of those never called, and how a named person takes it off again."""

from typing import Any

from deployments.cli.out import note, screen, show_json, show_table
from models.errors import EXIT_OK


def check_number(runtime: Any, phone: str, *, as_json: bool) -> int:
    """Say whether a number is on a list of the workspace, since when and why; it is shown masked."""
    from models.masking.redaction import mask_phone
    from tasks.ledger.people.opt_outs import entries_of

    kept = entries_of(runtime.ledger, runtime.workspace, phone)
    rows: list[dict[str, Any]] = [
        {"where": "list", "since": one.at.isoformat(timespec="seconds"), "why": one.why} for one in kept
    ]
    if in_file(runtime, phone):
        rows.append({"where": "file", "since": None, "why": f"it stands in {runtime.settings.suppression}"})
    if as_json:
        show_json({"phone": mask_phone(phone), "suppressed": bool(rows), "found": rows})
        return EXIT_OK
    if not rows:
        screen().print(f"{mask_phone(phone)} is on no list of {runtime.workspace}.", markup=False)
        return EXIT_OK
    told = [[one["where"], one["since"] or "", one["why"]] for one in rows]
    show_table(f"{mask_phone(phone)} is never called", ["where", "since", "why"], told)
    return EXIT_OK


def remove_number(runtime: Any, phone: str, *, by: str, reason: str, as_json: bool) -> int:
    """Take a number off the list of the workspace, in the name of who asks for it."""
    from models.masking.quotes import plain_word
    from models.masking.redaction import mask_phone
    from tasks.ledger.people.opt_outs import take_off
    from tasks.prefect_api.approvals import GIVEN
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import who

    _named(by, reason)
    via = f"command line as {who()}, {GIVEN}"
    said = {"by": by.strip(), "reason": plain_word(reason.strip()), "via": via}
    gone = take_off(runtime.ledger, runtime.workspace, phone, **said)
    file = in_file(runtime, phone)
    if not gone and not file:
        raise SettingsError(f"{mask_phone(phone)} is on no list of {runtime.workspace}.")
    if as_json:
        told = {"phone": mask_phone(phone), "removed": len(gone), "in_file": file}
        show_json(told | {"by": by.strip(), "reason": said["reason"]})
        return EXIT_OK
    if gone:
        screen().print(f"{mask_phone(phone)} is off the list of {runtime.workspace}.", markup=False)
        note(
            "Plans that were made before still leave this number out; `ringback resume` makes one that waits "
            "for approval anew."
        )
    if file:
        note(f"It stands in {runtime.settings.suppression}, which is read anew each time: take it out there.")
    return EXIT_OK


def in_file(runtime: Any, phone: str) -> bool:
    """Tell whether the workspace's own file names a number, in whichever spelling."""
    from models.contacts.phones.normalise import spellings_of
    from tasks.triage.suppression import from_file

    file = runtime.settings.suppression
    listed = from_file(file, runtime.policy.default_region) if file else frozenset()
    return any(one in listed for one in spellings_of(phone))


def _named(by: str, reason: str) -> None:
    from models.hooks.ids import by_trouble
    from tasks.runtime.settings.settings import SettingsError

    if not by.strip() or (trouble := by_trouble(by)):
        raise SettingsError(f"--by: {trouble if by.strip() else 'say who takes the number off the list.'}")
    if not reason.strip():
        raise SettingsError("Say with --reason why this number may be called again; the audit keeps it.")
