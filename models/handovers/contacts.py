"""The contacts of a job that was handed over: the upload's rows, with what the reports say of each."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from models.enums import ContactStatus
from models.handovers.reports import Reported
from models.handovers.tables import Columns, Table, find_columns, person
from models.platform import Contact

NO_UPLOAD = "the job's upload was not handed over, so what the agent is to be told is not known"
NO_AGENT = "nobody has named the job's agent, without which no call can be started"
UNCOUNTED = "in no report, and nobody has said how many contacts were processed"


def contacts_of(
    upload: Table | None,
    told: Mapping[str, Reported],
    columns: Columns,
    *,
    counted: bool,
    problem: str | None = None,
) -> Iterator[Contact]:
    """Yield every contact of the job, in the order of the upload; without one, as the reports name them.

    `counted` is True where an operator has said how many contacts were processed: only then is whoever stands
    in no report somebody who was not dialled. `problem` stands against every redial.
    """
    if upload is None:
        for n, (who, one) in enumerate(told.items(), start=1):
            yield replace(_contact(n, _phone(who), one, {}, counted=counted), problem=problem or NO_UPLOAD)
        return
    place = find_columns(upload, columns).phone
    for n, row in upload.filled:
        phone = row[place].strip() if place < len(row) else ""
        said = told.get(person(phone, columns.region))
        variables = _variables(upload.header, row, place)
        yield replace(_contact(n, phone, said, variables, counted=counted), problem=problem)


def _phone(who: str) -> str:
    return who.removeprefix("cell ")


def _variables(header: tuple[str, ...], row: tuple[str, ...], place: int) -> dict[str, str]:
    return {name: row[at] for at, name in enumerate(header) if at != place and name.strip() and at < len(row)}


def _contact(
    n: int, phone: str, said: Reported | None, variables: Mapping[str, str], *, counted: bool
) -> Contact:
    if said is None:
        status = ContactStatus.NOT_DIALED if counted else ContactStatus.UNKNOWN
        return Contact(f"row-{n}", phone, status, "in no report" if counted else UNCOUNTED, payload=variables)
    return Contact(
        f"row-{n}",
        phone,
        said.status,
        said.raw,
        updated_at=said.at or said.since,
        reasons=said.reasons,
        payload=variables,
    )
