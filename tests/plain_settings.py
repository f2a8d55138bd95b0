"""Settings that no file beside a test changes."""

from typing import Any

from tasks.runtime.settings.settings import Settings


def plain_settings(**given: Any) -> Settings:
    """Return settings of what is given; a `.env` in the working directory is not read."""
    told: dict[str, Any] = {**given, "_env_file": None}
    return Settings(**told)
