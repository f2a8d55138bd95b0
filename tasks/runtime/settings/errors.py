"""The one error of all settings, apart from them so that their parts may raise it."""

from models.errors import EXIT_USAGE, RingbackError


class SettingsError(RingbackError):
    """The settings cannot be used as they stand; the message says which and what to do."""

    exit_code = EXIT_USAGE
    next_action = "Correct the setting that the message names, then run the command again."
