"""A platform's own word that looks like a number is masked before anybody can show or keep it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.enums import ContactStatus, JobStatus
from models.masking.quotes import plain_word, without_numbers
from models.platform import Call, Contact, Job, Reason
from models.reasons.ruling import unknown

NOW = datetime(2026, 11, 26, tzinfo=UTC)
NUMBERS = [
    "+61491570156",
    "0491570156",
    "0491 570 156",
    "(0491) 570-156",
    "+61 (0)491/570/156",
    "0491\u2011570\u2011156",
]


def job(**given: Any) -> Job:
    """Return a job with some fields as a platform has written them."""
    fields = {"raw_status": "in_progress"} | given
    return Job(
        "j", "n", JobStatus.RUNNING, total=1, dispatched=0, finished=0, created_at=NOW, seen_at=NOW, **fields
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_no_word_of_a_platform_holds_a_number(number: str) -> None:
    """Status, result, provider and text, of a job, a row and a call; a code where no table knows it."""
    told = [
        job(raw_status=f"stuck at {number}", provider=number),
        Contact("c", None, ContactStatus.UNKNOWN, number, reasons=(Reason("sip", "486", f"for {number}."),)),
        Call("k", ContactStatus.UNKNOWN, f"failed:{number}", None, result=number),
        Reason(number, "486", f"callee {number} is busy"),
    ]
    for one in told:
        assert "570" not in repr(one)
    ruling = unknown(Reason("carrier", number))
    assert "570" not in f"{ruling.label} {ruling!r}"
    assert repr(told[1]).count("[number]") == 2


@pytest.mark.parametrize(
    "word", ["in_progress", "486", "21215", "elevenlabs.conversation", "603", "1008", ""]
)
def test_words_that_are_none_stay(word: str) -> None:
    """Statuses and codes are what triage goes by: they reach it as the platform wrote them."""
    assert (plain_word(word), job(raw_status=word).raw_status) == (word, word)
    assert Reason("sip", word, word) == Reason("sip", word, word)
    assert Reason("sip", word).code == word


def test_texts_keep_ids_and_figures() -> None:
    """Engineering needs the ids that carry letters; small figures are no numbers."""
    text = "conv_123456789012 failed 3 of 250 (sip status: 603)"
    assert without_numbers(text) == text
    assert Reason("elevenlabs.error", "500", text).text == text
