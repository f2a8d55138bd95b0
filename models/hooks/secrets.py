"""Secrets that anybody may know or guess: published by a vendor, a placeholder, too short or too plain."""

import re

SHORTEST, SHORTEST_STANDARD = 16, 24
"""Bytes; 24 is the least that the Standard Webhooks specification allows, 16 what is left of a UUID."""
FEWEST_CHARACTERS = 8
"""Different ones in a secret: 16 of 8 different characters are 48 bits at the least."""

_PUBLISHED = (
    # developer.zendesk.com, "Verifying webhooks": signs what is sent before a webhook is created
    "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ",
    "this_secret_is_for_testing_only",
    # github.com/standard-webhooks/standard-webhooks, the specification's and its libraries' examples
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "plJ3nmyCDGBKInavdOK15jsl",
    # docs.github.com and developer.atlassian.com, "Validating webhook deliveries"
    "It's a Secret to Everybody",
    # api.slack.com, "Verifying requests from Slack"
    "8f742231b10e8888abcd99yyyzzz85a5",
    # docs.drone.io and xkcd.com/936
    "correct-horse-battery-staple",
)
_PREFIXES = re.compile(r"^(?:whsec_|lin_wh_|v1,)")
_PLACEHOLDER = re.compile(
    r"(?i)your[ _-]|change[ _-]?me|replace[ _-]?(?:me|this)|placeholder|example|\.\.\.|x{5}|<[^<>]*>"
    r"|(?:test|dummy|fake|sample|webhook|signing)[ _-]?(?:secret|token|key)"
)


def _bare(text: str) -> str:
    return _PREFIXES.sub("", text.strip()).rstrip("=").casefold()


_KNOWN = frozenset(map(_bare, _PUBLISHED))


def secret_trouble(text: str, key: bytes, shortest: int = SHORTEST) -> str:
    """Return why a secret of a source cannot be used, empty where it can; it is never quoted.

    `key` holds the bytes that it signs with, `shortest` how many they have to be.
    """
    written = (text, key.decode("utf-8", "replace"))
    if any(_bare(one) in _KNOWN for one in written):
        return "the secret is published in a vendor's documents, so anybody could sign; take one of your own"
    if any(_PLACEHOLDER.search(one) for one in written):
        return "the secret is the placeholder of an example, so anybody could guess it; take one of your own"
    if len(key) < shortest:
        return f"the secret is shorter than {shortest} bytes, so it could be guessed; take a longer one"
    if len(set(key)) < FEWEST_CHARACTERS:
        return (
            f"the secret has fewer than {FEWEST_CHARACTERS} different characters, so it could be guessed; "
            "take a random one"
        )
    return ""
