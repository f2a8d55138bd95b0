"""A list that is shown in part says so: how many of how many, what they are, and how to see the rest."""

from collections import Counter
from collections.abc import Iterable


def cut_words(shown: int, kinds: Iterable[str], whole: str) -> str:
    """Return the sentence of a cut list, empty where all is shown; `whole` is the command that lists all."""
    counted = Counter(kinds)
    if shown >= counted.total():
        return ""
    kept = counted.total() - counted["skipped"]
    named = [(kept, "kept back"), (counted["skipped"], "skipped")]
    parts = ", ".join(f"{count:,} {name}" for count, name in named if count)
    return f"showing {shown:,} of {counted.total():,}: {parts} ({whole})"
