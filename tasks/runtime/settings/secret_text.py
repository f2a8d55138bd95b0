"""Secrets in ringback.toml: written out, as `env:NAME` and read from there, or in a block of Prefect's."""

import os
from typing import Annotated

from pydantic import Field, SecretStr

from tasks.runtime.settings.errors import SettingsError

PREFIX = "env:"
BlockName = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,99})?$")]
"""Name of a block as Prefect takes it; empty for none."""


def given_or_block(secret: SecretStr, block: str) -> SecretStr:
    """Return a table's secret; raises ValueError where it is empty and the table names no block either."""
    if not secret.get_secret_value() and not block:
        raise ValueError("is missing; give it, or name the block in Prefect that holds it as key_block")
    return secret


def before_block(text: str, block: str) -> SecretStr:
    """Return the secret that is to be used, empty where the block's is: a variable that is set wins over it.

    Raises SettingsError where there is no block, and the variable of `env:NAME` is not set.
    """
    if block and not (text.startswith(PREFIX) and os.environ.get(text.removeprefix(PREFIX).strip())):
        return SecretStr("")
    return reveal(text)


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
