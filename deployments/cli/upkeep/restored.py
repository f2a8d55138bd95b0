"""What is said of a restored ledger until a person has confirmed what it cannot know."""

from typing import Any


def restored_words(doubtful: Any) -> str:
    """Return which tokens and opt-outs have to be confirmed, and how."""
    tokens = ", ".join(doubtful.tokens)
    first = (
        f"This ledger is a copy of {doubtful.made_at}, put back {doubtful.restored_at:%Y-%m-%d %H:%M} UTC: "
        "tokens revoked and opt-outs added since are not in it."
    )
    words = [first]
    if doubtful.opt_outs:
        words.append(
            "Nobody is called until the missing opt-outs are added (`ringback suppress`) and "
            "`ringback suppress --confirm-restored` says so."
        )
    if tokens:
        words.append(
            f"Out of use until confirmed: {tokens} (`ringback token confirm NAME`, or --all; `token revoke` "
            "for one that was revoked since)."
        )
    return " ".join(words)
