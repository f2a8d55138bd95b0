"""Artifacts beside a run: written once under their key, then brought up to date instead of doubled."""

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.context import TaskRunContext


def show_beside(run_id: UUID, key: str, title: str, markdown: str) -> None:
    """Show Markdown beside a run under its key; nothing in it is secret or a whole number."""
    within = TaskRunContext.get()
    task_run_id = within.task_run.id if within else None
    with get_client(sync_client=True) as client:
        if known := _known(client, key, run_id):
            client.update_artifact(known, ArtifactUpdate(data=markdown, description=title))
            return
        client.create_artifact(
            ArtifactCreate(
                key=key,
                type="markdown",
                description=title,
                data=markdown,
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
