"""The mapping file that settings name: read from disk, and the adapter that goes by it."""

from pathlib import Path

import httpx

from models.handovers.tables import Columns
from models.mapping.mapping import PlatformMapping, parse_mapping
from models.policy.policy import Policy
from models.reasons.overrides import OverrideError
from models.reasons.table import ReasonTable
from tasks.clock import Clock
from tasks.ledger.handovers import Handovers
from tasks.ledger.store import Ledger
from tasks.platforms.mapped.adapter import Mapped
from tasks.platforms.mapped.joined import JoinedUpload
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.runtime.settings.trust import check_file

UNUSABLE = "RINGBACK_PLATFORM_URL or RINGBACK_PLATFORM_KEY cannot be used as they are."


def load_mapping(path: Path | None) -> PlatformMapping:
    """Return the mapping in a file; raises SettingsError or MappingError with one sentence."""
    if path is None:
        raise SettingsError(
            "RINGBACK_PLATFORM is http, and RINGBACK_PLATFORM_MAPPING names no mapping file (in a table of "
            "[workspaces]: mapping)."
        )
    path = path.expanduser()
    check_file(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"The mapping {path} cannot be read: {error.strerror}.") from None
    return parse_mapping(data, path.name)


def columns_of(mapping: PlatformMapping, policy: Policy) -> Columns:
    """Return which column of an upload holds the numbers."""
    return Columns(upload_phone=mapping.document.upload.phone, region=policy.default_region)


def make_mapped(
    settings: Settings,
    policy: Policy,
    clock: Clock,
    *,
    transport: httpx.BaseTransport | None = None,
    ledger: Ledger | None = None,
    mapping: PlatformMapping | None = None,
) -> Mapped:
    """Return the adapter that goes by the settings' mapping, or by the one that is given."""
    mapping = mapping or load_mapping(settings.platform_mapping)
    upload = None
    if mapping.document.rows.payload == "upload":
        if ledger is None:
            raise SettingsError(f"Uploads of {mapping.name} are kept in the ledger: use the commands.")
        handovers = Handovers(ledger, settings.workspace, settings.platform)
        upload = JoinedUpload(handovers, columns_of(mapping, policy))
    key = settings.platform_key.get_secret_value()
    if not key:
        raise SettingsError("RINGBACK_PLATFORM_KEY is not set. Give the key of the workspace.")
    pause = min(0.5, policy.poll_seconds)
    try:
        return Mapped(
            mapping,
            settings.platform_url,
            key,
            upload=upload,
            clock=clock,
            transport=transport,
            first_pause=pause,
        )
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise SettingsError(UNUSABLE) from None


def with_own_reasons(table: ReasonTable, mapping: PlatformMapping) -> ReasonTable:
    """Return a reason table with the rows of a mapping; a workspace's own rows go over these."""
    try:
        return table.with_overrides(mapping.reasons)
    except OverrideError as error:
        raise SettingsError(f"The mapping of {mapping.name} cannot be used: {error}") from None
