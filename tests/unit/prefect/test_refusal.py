"""Runs that are refused: a sentence that says where to go, beside the run, and no traceback in its log."""

import logging

import pytest
from prefect.exceptions import FailedRun

from models.messages.requests import ask_again, elsewhere_words
from models.platform import NoSuchJobError, PlatformDownError
from tasks.prefect_api.quiet import LOGGERS, without_traceback
from tasks.runs.refusal import first_with, refused_markdown

JOBS = {"default": NoSuchJobError("no"), "down": PlatformDownError("down"), "acme": None, "last": None}


def knows(workspace: str) -> bool:
    """Look a job up as a platform does."""
    if (error := JOBS[workspace]) is not None:
        raise error
    return True


def test_the_first_workspace_that_knows_a_job_is_named() -> None:
    """One that does not know it, or does not answer, is passed over; where nobody knows it there is none."""
    assert first_with(["default", "down", "acme", "last"], knows) == "acme"
    assert first_with(["default", "down"], knows) is None


def test_a_job_of_another_workspace_is_said() -> None:
    """The sentence names both; a ticket is then not told to correct the job, which is right."""
    words = elsewhere_words("btcal_1", "acme", "default")
    assert words == (
        "No job btcal_1 in workspace acme; it is in workspace default. "
        "Copy this run and change the workspace."
    )
    assert ask_again(words, "btcal_1", "ringback").startswith("Correct what it names")
    assert ask_again("ElevenLabs knows no job btcal_1 in workspace acme.", "btcal_1", "") == (
        "Correct the field Batch Job ID and ask again."
    )


def test_what_stands_beside_a_refused_run_holds_no_number() -> None:
    """It says what is wrong and what to press."""
    shown = refused_markdown("There is no workspace '+61 412 345 678' in the settings.")
    assert "412" not in shown
    assert "Copy to new run" in shown


@pytest.mark.parametrize("name", LOGGERS)
def test_only_a_state_on_purpose_leaves_no_traceback(name: str) -> None:
    """What Prefect's engine logs for a returned failed state is dropped; a fault of ours is kept."""
    without_traceback()
    logger = logging.getLogger(name)

    def is_kept(error: Exception | None) -> bool:
        told = (type(error), error, None) if error else None
        record = logger.makeRecord(name, logging.ERROR, "", 0, "exited with unexpected exception", (), told)
        return bool(logger.filter(record))

    assert not is_kept(FailedRun("Refused"))
    assert is_kept(ValueError("a fault"))
    assert is_kept(None)
