"""Signed links: what was signed opens what it was signed for, until its end, and nothing else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.masking.quotes import without_numbers
from models.messages.links import ExpiredLinkError, ForgedLinkError, LinkPurpose, link, link_key, opened

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(days=7)
KEY = link_key(b"a secret of at least sixteen bytes")
SHA = "0123456789abcdef" * 4


def seal_of(purpose: LinkPurpose = LinkPurpose.PACKAGE, recovery: str = "r_1", of: str = SHA) -> str:
    """Return the seal of a link."""
    return link(KEY, purpose, recovery, UNTIL, of).rpartition("/")[2]


def test_a_link_opens_the_one_package_until_it_expires() -> None:
    """The very hash that was signed comes back, to the last second; from then on it has expired."""
    assert opened(KEY, LinkPurpose.PACKAGE, "r_1", seal_of(), UNTIL - timedelta(seconds=1)) == SHA[:16]
    with pytest.raises(ExpiredLinkError, match="good until 2026-03-09 12:00 UTC"):
        opened(KEY, LinkPurpose.PACKAGE, "r_1", seal_of(), UNTIL)


@pytest.mark.parametrize(
    ("key", "purpose", "recovery"),
    [
        (link_key(b"another secret, after a rotation"), LinkPurpose.PACKAGE, "r_1"),
        (KEY, LinkPurpose.LIVE, "r_1"),
        (KEY, LinkPurpose.PACKAGE, "r_2"),
    ],
)
def test_another_key_purpose_or_recovery_is_forged(key: bytes, purpose: LinkPurpose, recovery: str) -> None:
    """A link is of one thing; a rotation of the key ends it at once."""
    with pytest.raises(ForgedLinkError):
        opened(key, purpose, recovery, seal_of(), NOW)


@given(st.integers(0, len(seal_of()) - 1), st.sampled_from("abcdefghijklmnop"))
def test_any_changed_letter_is_forged(place: int, letter: str) -> None:
    """No letter of the seal can be changed: neither its end nor what it is of nor the signature."""
    seal = seal_of()
    changed = seal[:place] + letter + seal[place + 1 :]
    if changed == seal:
        assert opened(KEY, LinkPurpose.PACKAGE, "r_1", changed, NOW)
        return
    with pytest.raises(ForgedLinkError):
        opened(KEY, LinkPurpose.PACKAGE, "r_1", changed, NOW)


@given(st.text(max_size=100))
def test_any_text_in_the_seals_place_is_forged(text: str) -> None:
    """Cut short, longer, of another alphabet, empty: a sentence and no fault of ours."""
    with pytest.raises(ForgedLinkError):
        opened(KEY, LinkPurpose.PACKAGE, "r_1", text, NOW)


@given(st.binary(min_size=16, max_size=40), st.integers(0, 12_000))
def test_no_masker_takes_a_link_for_a_number(secret: bytes, days: int) -> None:
    """A link stands in a comment as it is: there is no digit in its seal."""
    made = link(link_key(secret), LinkPurpose.PACKAGE, "r_abc", NOW + timedelta(days=days), SHA)
    assert without_numbers(made) == made
    assert not any(char.isdigit() for char in urlsplit(made).path)
