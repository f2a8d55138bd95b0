"""What operators may hand over of a workspace's jobs, and how it is read."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.disposition.only import OnlyPeople
from models.enums import State
from models.handovers.retell import RETELL
from models.handovers.tables import Columns
from models.handovers.vocabulary import Vocabulary
from models.handovers.voqo import VOQO
from models.policy.policy import Policy
from models.tables.ledger import Recovery
from tasks.contact_files.only import read_people
from tasks.handovers.observe import OperatorReport, TakenHandover, observe
from tasks.ledger.account.people_files import keep_people, people_of_key
from tasks.ledger.leases import JobKey
from tasks.platforms.mapped.adapter import Mapped
from tasks.platforms.retell.adapter import Retell
from tasks.platforms.vapi.adapter import Vapi
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.voqo.adapter import Voqo
from tasks.runtime.mappings import columns_of, load_mapping
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.runtime.wiring import Runtime, handovers_of


class NotAskedForError(SettingsError):
    """A hand-over that nobody asks for: the platform tells by itself, or the recovery has ended."""

    next_action = "Nothing: `ringback status` and `ringback triage JOB` say how things stand."


@dataclass(frozen=True, slots=True)
class Handing:
    """How files of a workspace's jobs are read; `upload_only` where all else comes from the platform."""

    columns: Columns
    vocabulary: Vocabulary
    upload_only: bool = False


def handing_of(settings: Settings, policy: Policy) -> Handing | None:
    """Return how what operators hand over is read, None where jobs are read from the platform alone."""
    if settings.platform == Retell.name:
        return Handing(Columns(region=policy.default_region), RETELL)
    if settings.platform in {Vapi.name, Vogent.name}:
        return Handing(Columns(region=policy.default_region), VOQO, upload_only=True)
    if settings.platform == Voqo.name:
        return Handing(settings.voqo.columns(policy.default_region), VOQO)
    if settings.platform == Mapped.name:
        mapping = load_mapping(settings.platform_mapping)
        if mapping.document.rows.payload == "upload":
            return Handing(columns_of(mapping, policy), VOQO, upload_only=True)
    return None


def hand_over(runtime: Runtime, seen: OperatorReport) -> TakenHandover:
    """Keep what an operator sees of a job of the runtime's workspace, by whichever door it came.

    Raises NotAskedForError where the platform tells of it itself, NotTakenError where it is another job's,
    or older; nothing of it is kept then.
    """
    handing = handing_of(runtime.settings, runtime.policy)
    if handing is None or (handing.upload_only and not seen.upload):
        what = "nothing but an upload that the mapping joins" if handing else "nothing"
        raise NotAskedForError(
            f"Jobs of {runtime.settings.platform} are read from the platform: {what} is handed over."
        )
    handovers = handovers_of(runtime.settings, runtime.ledger)
    taken = observe(handovers, seen, handing.columns, handing.vocabulary)
    return replace(taken, notes=()) if handing.upload_only else taken


@dataclass(frozen=True, slots=True)
class KeptPeople:
    """A contact file that was handed over for recoveries of one job, under the key that requests name."""

    job_id: str
    key: str
    only: OnlyPeople
    left_out: int
    """Rows of the file that name nobody who may be dialled."""

    def as_json(self) -> dict[str, Any]:
        """Return it as people and programs read it: which file, how many people, and its key."""
        return {"job_id": self.job_id, "contacts": self.key, **self.only.told(), "left_out": self.left_out}


def hand_over_people(runtime: Runtime, job_id: str, file: Path, by: str) -> KeptPeople:
    """Keep the people of a contact file for recoveries of a job; raises OnlyFileError where nothing is kept.

    The file itself is not kept, and no number of it.
    """
    read = read_people(file, runtime.policy.default_region, runtime.keys.phones)
    key = keep_people(runtime.ledger, _job_of(runtime, job_id), read.only, by)
    return KeptPeople(job_id, key, read.only, read.left_out)


def handed_people(runtime: Runtime, job_id: str, key: str) -> OnlyPeople | None:
    """Return to whom a request is bound by a key, None without one; raises NoSuchPeopleError."""
    return people_of_key(runtime.ledger, _job_of(runtime, job_id), key) if key else None


def _job_of(runtime: Runtime, job_id: str) -> JobKey:
    return (runtime.workspace, runtime.settings.platform, job_id)


def stop_report(
    stored: Recovery, by: str, report: Path | None = None, processed: int | None = None
) -> OperatorReport:
    """Return what a person says who has stopped a recovery's source job.

    Raises NotAskedForError where the recovery has ended and does not go on.
    """
    if State(stored.state).is_end and not stored.resumable:
        raise NotAskedForError(f"Recovery {stored.id} has ended ({stored.state}): it asks nobody any more.")
    return OperatorReport(
        job_id=stored.job_id, by=by, report=report, processed=processed, stopped_for=stored.id
    )


def lacking(runtime: Runtime, taken: TakenHandover) -> tuple[str, ...]:
    """Return which files nobody has handed over yet of a job: its upload, its report."""
    handing = handing_of(runtime.settings, runtime.policy)
    reports = handing is not None and handing.vocabulary.takes_reports and not handing.upload_only
    upload = ("upload",) if taken.known.upload is None else ()
    return (*upload, "report") if reports and not taken.known.read else upload


def sending(settings: Settings, job_id: str) -> str:
    """Return in Markdown how what no form of Prefect takes is handed over: files, and a phone number."""
    base = settings.gateway.url.rstrip("/") or "https://HOST"
    where = "" if settings.gateway.url else " (`url` under `[gateway]` names HOST)"
    return (
        "Files and the number that a job calls from are never typed into a form of Prefect. Send them at the "
        f"command line:\n\n    ringback observe {job_id} --status WORD --upload FILE --report FILE --from "
        f"NUMBER\n\nor to the gateway, with a token of the scope operate{where}:\n\n    curl -H "
        '"Authorization: Bearer $TOKEN" -F status=WORD -F by=NAME -F upload=@FILE -F report=@FILE -F '
        f"from=NUMBER {base}/v1/jobs/{job_id}/handovers"
    )
