"""From settings to sources: secrets revealed, expressions compiled, workspaces bound."""

from models.hooks.secrets import secret_trouble
from models.hooks.senders import SENDERS, Sender
from models.hooks.source import HookSource, compile_one, compiled
from tasks.runtime.settings.hooks import HookSettings
from tasks.runtime.settings.secret_text import reveal
from tasks.runtime.settings.settings import SettingsError


def make_sources(tables: dict[str, HookSettings], default_workspace: str) -> dict[str, HookSource]:
    """Return every source by name; raises SettingsError naming the one that cannot be used."""
    return {name: _source(name, table, default_workspace) for name, table in tables.items()}


def _source(name: str, given: HookSettings, default_workspace: str) -> HookSource:
    sender = SENDERS[given.scheme]
    workspace = given.workspace or default_workspace
    fields = dict(sender.fields) | given.fields
    return HookSource(
        name=name,
        sender=sender,
        verifier=sender.verifier(given.header, given.tolerance_seconds or sender.tolerance),
        secrets=_secrets(name, given),
        workspace=workspace,
        names=frozenset({workspace, *given.workspace_ids}),
        request_workspace="" if workspace == default_workspace else workspace,
        system=given.ticket_system or name,
        approval=given.approval,
        fields=compiled(fields),
        events=sender.events if given.events is None else frozenset(given.events),
        only=compile_one(given.only, "only") if given.only else None,
        own_actors=frozenset(given.own_actors),
        own_tag=given.own_tag,
        per_minute=given.per_minute,
    )


def _secrets(name: str, given: HookSettings) -> tuple[bytes, ...]:
    try:
        texts = [reveal(one.get_secret_value()).get_secret_value() for one in given.secret]
        return tuple(_key(SENDERS[given.scheme], text) for text in texts)
    except ValueError as error:
        raise SettingsError(f"ringback.toml, [hooks.{name}]: {error}.") from None


def _key(sender: Sender, text: str) -> bytes:
    """Return what a secret signs with; raises ValueError for one that anybody may know or guess."""
    key = sender.key(text)
    if trouble := secret_trouble(text, key, sender.shortest_secret):
        raise ValueError(trouble)
    return key
