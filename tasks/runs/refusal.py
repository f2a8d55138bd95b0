"""Runs that are refused before they begin: words, an artifact, a state, and where else the job was found."""

from collections.abc import Callable, Iterable

from models.errors import RingbackError
from models.masking.quotes import plain_word
from models.messages.requests import elsewhere_words
from models.platform import NoSuchJobError
from tasks.prefect import Beside, publish
from tasks.prefect_api.quiet import without_traceback
from tasks.prefect_api.run_states import refused
from tasks.runs.prefect_runner import run_id
from tasks.runtime.settings.settings import load_settings
from tasks.runtime.settings.workspaces import workspace_names
from tasks.runtime.wiring import open_runtime

MOST = 20
"""In how many other workspaces a job is looked for at the most."""


def refuse(error: RingbackError, job_id: str, workspace: str) -> object:
    """Return the state of a run that was not begun, with its reason beside it and no traceback.

    A job that the workspace's platform does not know is looked for in the others, by reading alone.
    """
    words = str(error)
    if isinstance(error, NoSuchJobError):
        here = workspace or load_settings().workspace
        words = _no_such_job(words, job_id, here)
    publish(Beside(run_id()), f"refused-{job_id}", "Refused", refused_markdown(words))
    without_traceback()
    return refused(words)


def refused_markdown(words: str) -> str:
    """Return what stands beside a refused run."""
    return (
        f"## Refused\n\n{plain_word(words)}\n\nNothing was changed and nobody was called. **Next:** correct "
        "what it names: *Copy to new run* fills the form with what was asked for.\n"
    )


def _no_such_job(words: str, job_id: str, here: str) -> str:
    others = [name for name in workspace_names(load_settings()) if name != here]
    if found := first_with(others[:MOST], lambda name: _knows(name, job_id)):
        return elsewhere_words(job_id, here, found)
    return words.replace("in this workspace", f"in workspace {here}")


def first_with(names: Iterable[str], knows: Callable[[str], bool]) -> str | None:
    """Return the first workspace that knows something; one that cannot be asked is passed over."""
    for name in names:
        try:
            if knows(name):
                return name
        except RingbackError:
            continue
    return None


def _knows(workspace: str, job_id: str) -> bool:
    open_runtime(workspace=workspace).context(job_id).platform.get_job(job_id)
    return True
