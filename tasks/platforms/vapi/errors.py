"""What Vapi says of an error: `message` is one sentence or a list of them."""

import httpx

from models.masking.quotes import without_numbers
from tasks.platforms.http import short

LONGEST = 200


def words_of(response: httpx.Response) -> str:
    """Return the platform's own words on an error, without its numbers."""
    try:
        told = response.json().get("message")
    except (ValueError, AttributeError):
        return short(response)
    if isinstance(told, list):
        return without_numbers("; ".join(str(one) for one in told))[:LONGEST]
    return short(response)
