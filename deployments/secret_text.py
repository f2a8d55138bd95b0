"""A secret in a settings file: written there, or named by the environment variable that holds it."""

import os

from pydantic import SecretStr

from deployments.settings_errors import SettingsError

FROM_ENVIRONMENT = "env:"


def reveal(text: str) -> SecretStr:
    """Return the secret that a text is or names; raises SettingsError where `env:NAME` names nothing."""
    if not text.startswith(FROM_ENVIRONMENT):
        return SecretStr(text)
    name = text.removeprefix(FROM_ENVIRONMENT).strip()
    if not os.environ.get(name):
        raise SettingsError(
            f"The settings take a secret from the environment variable {name}; it is not set."
        )
    return SecretStr(os.environ[name])
