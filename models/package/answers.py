"""A platform's raw answer about a call, without what was said in it or is known of the person."""

import re
from collections.abc import Mapping
from typing import Any

LEFT_OUT = "[left out: it may be what a person said or is called]"
_DEEPEST = 12
_MOST_ITEMS = 40
_CODE = re.compile(r"[\w.:+/=-]{1,120}", re.ASCII)
_NAMES_A_THING = re.compile(
    r"(?:^|_)(?:id|ids|sid|sids|at|time|timestamp|date|secs|seconds|ms|duration|version|direction|provider|model"
    r"|language|method|protocol|environment|source|result|outcome|successful|object|kind|status|code|type|state)s?$"
)
"""Keys whose values name a thing, a moment or one of few words; a word under any other key may be a name."""
_TELLS_WHY = re.compile(
    r"(?:^|_)(?:(?:error|reason|cause)|(?:error|ended|failure)_(?:message|detail|description))s?$"
)
"""Keys whose words say why a call ended; all other words may be a person's."""
_OF_AN_ERROR = re.compile(r"(?:^|_)(?:message|detail|description)s?$")
"""Keys whose words say so within an error: anywhere else they are what an account lets people hear."""
_NUMBER, _WRITTEN = re.compile(r"(?:^|_)numbers?$"), re.compile(r"[+\d().\s/-]+", re.ASCII)
"""A number stays, to be masked; what stands in its place may be a name, as SIP users have one."""
_PERSONS = re.compile(
    r"transcript|utterance"
    r"|(?:^|_)(?:name|metadata|customer|analysis|artifact|messages|summary|variables?|overrides?|prompt"
    r"|client_data|user|user_id|assistant|ai_result|results|notes|tags|words?|headers|inputs?|data|contact"
    r"|recipient|destinations?|squad|workflow|arguments|parameters|payload|content)$"
)
"""Keys under which platforms keep what an account, a person or a conversation brought along."""
_CALL_METADATA = "start_time_unix_secs"
"""A key that tells a call's own metadata (ElevenLabs) from what an account attached (all others)."""


def structural(answer: Any) -> Any:
    """Return an answer with its shape, figures, ids and reasons, and without sentences of people.

    What is left out says so. It is no masking: numbers in what stays are masked afterwards, as everywhere.
    """
    return _kept(answer, "", "", 0)


def _kept(value: Any, key: str, of: str, depth: int) -> Any:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    if depth > _DEEPEST or _is_personal(value, name):
        return LEFT_OUT
    if isinstance(value, Mapping):
        return {str(inner): _kept(item, str(inner), name, depth + 1) for inner, item in value.items()}
    if isinstance(value, list):
        return [_kept(item, key, of, depth + 1) for item in value[:_MOST_ITEMS]]
    if isinstance(value, str) and not _is_code(value, name, of):
        return LEFT_OUT
    return value


def _is_personal(value: Any, name: str) -> bool:
    if name == "metadata" and isinstance(value, Mapping) and _CALL_METADATA in value:
        return False
    return bool(_PERSONS.search(name)) and value not in (None, "", [], {})


def _is_code(text: str, name: str, of: str) -> bool:
    if "://" in text:
        return False  # it may open a recording for whoever has it
    return (
        not text
        or bool(_TELLS_WHY.search(name))
        or bool(_OF_AN_ERROR.search(name) and _TELLS_WHY.search(of))
        or bool(_NUMBER.search(name) and _WRITTEN.fullmatch(text))
        or bool(_NAMES_A_THING.search(name) and _CODE.fullmatch(text))
    )
