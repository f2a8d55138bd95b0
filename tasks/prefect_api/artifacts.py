"""Artifacts beside a run: written once under their key, then brought up to date instead of doubled."""

from base64 import b64encode
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.context import TaskRunContext


def show_beside(run_id: UUID, key: str, title: str, markdown: str) -> None:
    """Show Markdown beside a run under its key; nothing in it is secret or a whole number."""
    _show(run_id, key, title, "markdown", markdown)


def show_picture_beside(run_id: UUID, key: str, title: str, png: bytes) -> None:
    """Show a PNG beside a run under its key; it travels within its own address, so that nothing serves it."""
    _show(run_id, key, title, "image", f"data:image/png;base64,{b64encode(png).decode()}")


def _show(run_id: UUID, key: str, title: str, kind: str, data: str) -> None:
    within = TaskRunContext.get()
    task_run_id = within.task_run.id if within else None
    with get_client(sync_client=True) as client:
        if known := _known(client, key, run_id):
            client.update_artifact(known, ArtifactUpdate(data=data, description=title))
            return
        client.create_artifact(
            ArtifactCreate(
                key=key,
                type=kind,
                description=title,
                data=data,
                flow_run_id=run_id,
                task_run_id=task_run_id,
            )
        )


def _known(client: SyncPrefectClient, key: str, run_id: UUID) -> UUID | None:
    found = client.read_artifacts(
        artifact_filter=ArtifactFilter(
            key=ArtifactFilterKey(any_=[key]), flow_run_id=ArtifactFilterFlowRunId(any_=[run_id])
        )
    )
    return found[0].id if found else None
