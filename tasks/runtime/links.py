"""Links as the settings make them: where the gateway answers, for how long, and under the newest key."""

from dataclasses import dataclass

from models.messages.links import LinkPurpose, expiry, link, link_key
from tasks.clock import Clock
from tasks.runtime.keys import load_keys
from tasks.runtime.settings.settings import Settings


@dataclass(frozen=True)
class Links:
    """Makes links; the key is read each time, so that a rotation takes effect at once."""

    settings: Settings
    clock: Clock

    def key(self) -> bytes:
        """Return the key that links are signed with; raises SettingsError where the key file is gone."""
        return link_key(load_keys(self.settings).signing.secret)

    def package(self, recovery_id: str, sha256: str) -> str:
        """Return the path of a link to one package."""
        return self._path(LinkPurpose.PACKAGE, recovery_id, sha256)

    def live(self, recovery_id: str) -> str:
        """Return the path of a link to the live page of a recovery."""
        return self._path(LinkPurpose.LIVE, recovery_id, "")

    def package_address(self, recovery_id: str, sha256: str) -> str:
        """Return the whole address of a link to one package, empty where the settings have none to put."""
        base = self.settings.gateway.url.rstrip("/")
        return f"{base}{self.package(recovery_id, sha256)}" if base else ""

    def live_address(self, recovery_id: str) -> str:
        """Return the whole address of a link to the live page, empty where the settings have none to put."""
        base = self.settings.gateway.url.rstrip("/")
        return f"{base}{self.live(recovery_id)}" if base else ""

    def _path(self, purpose: LinkPurpose, recovery_id: str, of: str) -> str:
        until = expiry(self.clock.now(), self.settings.gateway.link_days)
        return link(self.key(), purpose, recovery_id, until, of)
