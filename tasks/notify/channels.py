"""Notifications through Apprise: one channel for each URL of the settings."""

import hashlib
import logging
from collections.abc import Mapping

from models.messages.milestones import Note, Notices
from tasks.runtime.settings.secret_text import PREFIX, reveal
from tasks.runtime.settings.settings import SettingsError
from tasks.runtime.settings.tickets import Notify
from tasks.tickets.port import PermanentTicketError, RetryableTicketError


def channels_of(settings: Notify) -> Mapping[str, str]:
    """Return the URLs as the settings write them, by a name that gives nothing away and stays the same."""
    return {channel_name(one.get_secret_value()): one.get_secret_value() for one in settings.urls}


def channel_name(url: str) -> str:
    """Return the variable's name of an `env:` URL, a fingerprint of any other."""
    if url.startswith(PREFIX):
        return url.removeprefix(PREFIX)
    return f"{url.partition(':')[0][:12]}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def notices_of(settings: Notify) -> Notices:
    """Return which channels are told of which states."""
    return Notices(tuple(channels_of(settings)), frozenset(settings.on))


class AppriseChannel:
    """One Apprise URL; the URL itself is a secret and stands in no message."""

    def __init__(self, name: str, url: str) -> None:
        self._name = name
        self._url = url

    def send(self, note: Note) -> None:
        """Send one notification; a refusal is tried again, for Apprise does not tell why."""
        import apprise

        try:
            url = reveal(self._url).get_secret_value()
        except SettingsError as error:
            raise RetryableTicketError(str(error)) from None
        told = apprise.Apprise()
        if not told.add(url):
            raise PermanentTicketError(f"The URL of channel {self._name} is none that Apprise knows.")
        body = "\n".join((*note.lines, "", note.mark))
        # What Apprise would log may hold the URL, which is a secret.
        with apprise.LogCapture(level=logging.ERROR):  # type: ignore[no-untyped-call]
            taken = told.notify(body=body, title=note.subject, body_format=apprise.NotifyFormat.TEXT)
        if not taken:
            raise RetryableTicketError(f"Channel {self._name} did not take the notification.")
