"""Secrets in ringback.toml: written out, or as `env:NAME` and read from there."""

import os

from pydantic import SecretStr

from tasks.runtime.settings_errors import SettingsError

PREFIX = "env:"


def reveal(text: str) -> SecretStr:
    """Return the secret; raises SettingsError where the variable of `env:NAME` is not set."""
    if not text.startswith(PREFIX):
        return SecretStr(text)
    name = text.removeprefix(PREFIX).strip()
    found = os.environ.get(name, "")
    if not found:
        raise SettingsError(
            f"The environment variable {name or '(no name)'} is not set; ringback.toml names it."
        )
    return SecretStr(found)
