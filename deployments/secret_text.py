"""Secrets as settings name them: written out, or `env:NAME` for the environment's variable of that name."""

import os

from pydantic import SecretStr

from deployments.settings import SettingsError

PREFIX = "env:"


def reveal(text: str) -> SecretStr:
    """Return the secret that a setting means; raises SettingsError naming a variable that is missing."""
    if not text.startswith(PREFIX):
        return SecretStr(text)
    name = text.removeprefix(PREFIX)
    found = os.environ.get(name)
    if not found:
        raise SettingsError(f"The environment has no variable {name}, which the settings name for a secret.")
    return SecretStr(found)
