"""The one error of all settings, apart from them so that their parts may raise it."""


class SettingsError(Exception):
    """The settings cannot be used as they stand; the message says which and what to do."""
