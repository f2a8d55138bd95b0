"""Whom a recovery keeps back, as people and programs read it: masked, with what was decided about them."""

from typing import Any

from models.disposition.kept_back import KeptBack, groups
from models.enums import Choice
from models.masking.quotes import without_numbers
from models.masking.redaction import mask_phone
from models.plan.plan import SHORTEST_HASH
from models.tables.decisions import KeptDecision
from models.triage.findings import plural
from tasks import markdown
from tasks.ledger.people.decisions import KeptList

HOW = "--as redial|reached|never --by NAME --because TEXT"


def kept_document(kept: KeptList) -> dict[str, Any]:
    """Return the list of a recovery as `ringback decide` prints it; every number is masked."""
    made = [one.choice for one in kept.decided.values()]
    return {
        "recovery_id": kept.recovery.id,
        "job_id": kept.recovery.job_id,
        "state": kept.recovery.state,
        "list_state": kept.state,
        "newer": kept.newer.id if kept.newer else None,
        "to_decide": len(kept.open),
        "decided": {choice.value: made.count(choice.value) for choice in Choice},
        "groups": [
            {"reason": about, "contacts": count, "why": without_numbers(why)}
            for about, count, why in groups(kept.open)
        ],
        "people": [_person(kept, one) for one in kept.people],
        "next": next_command(kept),
        "carry_out": f"ringback recover {kept.recovery.job_id}" if _redials(kept) else "",
    }


def _person(kept: KeptList, one: KeptBack) -> dict[str, Any]:
    made, void = kept.decided.get(one.contact_id), kept.taken_back.get(one.contact_id)
    return {
        "row": one.row,
        "phone": mask_phone(one.phone),
        "reason": one.about.value,
        "code": one.code,
        "why": without_numbers(one.why),
        "no_redial": one.rule,
        "decision": _decision(made) if made else None,
        "taken_back": f"{void.by}'s {void.choice} counts no more: it is {void.void_why}" if void else None,
    }


def _decision(made: KeptDecision) -> dict[str, Any]:
    at = made.at.isoformat(timespec="seconds")
    return {"as": made.choice, "by": made.by, "because": made.because, "at": at}


def next_command(kept: KeptList) -> str:
    """Return the command that comes next, empty where nobody waits and nothing is to be carried out."""
    recovery = kept.recovery
    if kept.newer is not None:
        return f"ringback status {kept.newer.id}"
    if kept.open:
        return f"ringback decide {recovery.id} --all {HOW} --state {kept.state[:SHORTEST_HASH]}"
    return f"ringback recover {recovery.job_id}" if _redials(kept) else ""


def _redials(kept: KeptList) -> bool:
    """Tell whether somebody is to be redialled by the next recovery."""
    made = kept.decided.values() if kept.newer is None else ()
    return any(one.choice == Choice.REDIAL.value for one in made)


def waits(count: int) -> str:
    """Say how many wait for a decision."""
    return plural(count, "person waits for a decision", "people wait for a decision")


def risk(people: tuple[KeptBack, ...]) -> str:
    """Say how many may have been called already, and why each group of them was kept back."""
    told = "; ".join(f"{count} {about}: {without_numbers(why)}" for about, count, why in groups(people))
    whom = plural(len(people), "person", "people")
    return f"{whom} may have been called already ({told})."


def kept_markdown(document: dict[str, Any]) -> str:
    """Return the list as an artifact shows it."""
    people = [(one["row"], one["phone"], one["reason"], one["why"], _said(one)) for one in document["people"]]
    table = markdown.table(("row", "phone", "reason", "why", "decided"), people)
    command = f"\n\nAt the command line: `{document['next']}`." if document["next"] else ""
    head = f"## {waits(document['to_decide'])}\n\n"
    where = f"Recovery `{document['recovery_id']}` of job {document['job_id']}"
    bound = f"list `{document['list_state'][:SHORTEST_HASH]}`: a decision names that list."
    return f"{head}{where}, {bound}\n\n{table}{command}\n"


def _said(one: dict[str, Any]) -> str:
    made = one["decision"]
    return f"{made['as']} by {made['by']}: {made['because']}" if made else one["taken_back"] or ""
