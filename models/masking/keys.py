"""What the name of a JSON key says about its value.

The secret names are Sentry's default list (docs.sentry.io, "server-side scrubbing") and the headers of the
voice platforms; the content names are the fields in which those platforms keep what was said or known.
"""

import re
from enum import StrEnum
from functools import lru_cache


class KeyKind(StrEnum):
    """How a value is treated for the sake of its key."""

    SECRET = "secret"  # noqa: S105  a word, not a password
    CONTENT = "content"
    PHONE = "phone"
    PLAIN = "plain"


_CREDENTIALS = (
    "password passwd pwd mysql_pwd passphrase secret clientsecret api_key apikey access_key accesskey "
    "private_key privatekey auth authorization authtoken credential token accesstoken bearer signature "
    "cookie jwt otp"
)
_CONTENT = (
    "transcript transcription recording_url recording_uri recording_base64 audio_url audio_base64 "
    "dynamic_variable conversation_initiation_client_data variable_value custom_variable first_message "
    "system_prompt first_name last_name full_name date_of_birth street_address"
)
_PHONE = "phone number mobile msisdn telephone tel cell caller callee whatsapp"
_ABOUT = "id ids count counts enabled type method provider name limit status region sid"
"""A key that ends in one of these tells something about the secret or number, not the thing itself."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _any_of(names: str) -> re.Pattern[str]:
    """Compile a pattern that finds one of the names as whole words of a key, plural or not."""
    return re.compile(rf"_(?:{'|'.join(names.split())})s?_")


_KINDS = (
    (_any_of(_CONTENT), KeyKind.CONTENT),
    (_any_of(_CREDENTIALS), KeyKind.SECRET),
    (_any_of(_PHONE), KeyKind.PHONE),
)
_NAMES_SOMEBODY = re.compile(r"_(?:first|last|full)_name_|_whatsapp_user_id_")


@lru_cache(maxsize=4096)
def kind_of_key(key: str) -> KeyKind:
    """Tell how the value of a key is treated: `xi-api-key`, `apiKey` and `API_KEY` are one name."""
    words = [word.lower() for word in _WORD.findall(key)]
    name = f"_{'_'.join(words)}_"
    if words and words[-1] in _ABOUT.split() and not _NAMES_SOMEBODY.search(name):
        return KeyKind.PLAIN
    return next((kind for pattern, kind in _KINDS if pattern.search(name)), KeyKind.PLAIN)


def is_count(key: str) -> bool:
    """Tell whether a secret-looking key may hold a plain count, as `prompt_tokens` does of a model."""
    return "tokens" in key.lower()


_MOMENT = re.compile(r"(?i)(?:_at|_unix|_secs|_ms|time|timestamp|stamp|date|epoch)$|_unix_")


def is_moment(key: str) -> bool:
    """Tell whether a key names a point in time, so that its integer is no phone number by chance."""
    return bool(_MOMENT.search(key))
