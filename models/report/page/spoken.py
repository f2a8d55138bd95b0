"""A sentence of the ledger, and the commands of ours that stand in it in backticks."""

import re
from collections.abc import Iterator

_COMMAND = re.compile(r"`(ringback [\w .=/-]+)`")


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Yield a text in pieces, each with whether it is a command; backticks of others are no sign of one."""
    for place, piece in enumerate(_COMMAND.split(text)):
        if piece:
            yield bool(place % 2), piece
