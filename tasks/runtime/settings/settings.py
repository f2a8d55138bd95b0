"""Settings from the environment, a .env file and ringback.toml, checked before anything starts."""

import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from models.invariants import ensure
from models.policy.policy import Policy
from tasks.runtime.settings.accounts import one_name_each
from tasks.runtime.settings.errors import SettingsError
from tasks.runtime.settings.hooks import GATEWAY_DEFAULTS, GatewaySettings, HookTables
from tasks.runtime.settings.secret_text import BlockName
from tasks.runtime.settings.tickets import Notify, Tickets
from tasks.runtime.settings.trust import check_address, check_file, own_folder
from tasks.runtime.settings.twilio import TWILIO_URL, check_twilio
from tasks.runtime.settings.voqo import VOQO_DEFAULTS, VoqoSettings, with_address
from tasks.runtime.settings.workspaces import Name, WorkspaceSettings

__all__ = ["Settings", "SettingsError", "load_policy", "load_settings"]

PLATFORMS = ("elevenlabs", "voqo", "retell", "vapi", "vogent", "cartesia", "http")
TOML = "ringback.toml"


class Settings(BaseSettings):
    """Where the platform, the ledger and the policy are; every name is RINGBACK_ and the field."""

    model_config = SettingsConfigDict(
        env_prefix="RINGBACK_",
        env_file=".env",
        toml_file=TOML,
        extra="ignore",
        env_ignore_empty=True,
    )

    platform: str = Field("elevenlabs", description="Which platform the job runs on")
    platform_url: str = Field(
        "https://api.elevenlabs.io",
        description="Address of the platform; its public one if not given",
    )
    platform_key: SecretStr = Field(SecretStr(""), description="Key of the workspace")
    platform_mapping: Path | None = Field(
        None, description="Mapping file of the platform (http); see mapping.md"
    )
    key_block: BlockName = Field(
        "", description="Block `ringback-workspace/NAME` in Prefect with the key; see deploy.md"
    )
    platform_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret that the platform's webhooks are signed with (voqo, vapi)"
    )
    platform_webhook_url: str = Field(
        "", description="Public address of the gateway, asked before each call (vapi); see platform-vapi.md"
    )
    platform_credential: str = Field(
        "", description="The platform's id of the credential that holds the webhook secret (vapi)"
    )
    twilio_account_sid: str = Field(
        "", description="Account SID of Twilio, whose calls the platform makes; see carrier.md"
    )
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="Auth token of that account")
    twilio_api_key: str = Field("", description="SID of an API key in place of the token")
    twilio_api_secret: SecretStr = Field(SecretStr(""), description="Secret of that API key")
    twilio_url: str = Field(TWILIO_URL, description="Address of Twilio")
    workspace: str = Field("default", min_length=1, description="Name of the workspace")
    home: Path = Field(Path("~/.ringback"), description="Where ledger, keys and packages lie")
    database_url: SecretStr | None = Field(None, description="Ledger; SQLite under home by default")
    policy: Path | None = Field(None, description="A TOML file with policy keys")
    suppression: Path | None = Field(
        None, description="Opt-outs beside the ledger's own list: text, CSV or XLSX, read before every wave"
    )
    reasons: Path | None = Field(None, description="A CSV file that overrides reason rows")
    audit_key: SecretStr | None = Field(
        None, description="Key of the audit chain; a file under home by default"
    )
    tickets: Tickets = Field({}, description="Ticket systems by name; see tickets.md")
    notify: Notify = Field(Notify.model_validate({}), description="Who is told of which ends; see tickets.md")
    hooks: HookTables = Field({}, description="`[hooks.SOURCE]`: systems that send hooks, see hooks.md")
    gateway: GatewaySettings = Field(GATEWAY_DEFAULTS, description="`[gateway]`: see hooks.md")
    workspaces: dict[Name, WorkspaceSettings] = Field(
        default_factory=dict, description="More workspaces: `[workspaces.NAME]` tables of ringback.toml"
    )
    voqo: VoqoSettings = Field(
        VOQO_DEFAULTS, description="`[voqo]`: columns and values of its files, see platform-voqo.md"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How what runs for long is logged: plain lines, or one JSON object a line"
    )
    keep_snapshots_days: int = Field(30, ge=1, description="Days that counters of jobs are kept")
    keep_packages_days: int = Field(90, ge=1, description="Days that diagnostics packages are kept")
    keep_messages_days: int = Field(90, ge=1, description="Days that delivered messages are kept")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let a call's own values win, then the environment, then .env, then ringback.toml."""
        for path in filter(None, (getattr(dotenv_settings, "env_file", None), TOML)):
            check_file(Path(str(path)))
        toml = TomlConfigSettingsSource(settings_cls)
        for name in toml.toml_data:
            if name not in settings_cls.model_fields:
                known = ", ".join(settings_cls.model_fields)
                raise SettingsError(f"ringback.toml: there is no setting {name!r}. Known: {known}.")
        files = ((".env", dotenv_settings()), (TOML, toml.toml_data))
        check_address(files, (init_settings(), env_settings()))
        if any(found.get("key_block") for found in (init_settings(), env_settings(), *dict(files).values())):
            toml.init_kwargs.pop("platform_key", None)  # environment, block, TOML: in this order
        return init_settings, env_settings, dotenv_settings, toml

    @model_validator(mode="before")
    @classmethod
    def _address(cls, given: Any) -> Any:
        return with_address(given)

    @cached_property
    def folder(self) -> Path:
        """Return the home folder, made if it is not there and readable by its owner only."""
        try:
            path = self.home.expanduser().absolute()
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            own_folder(path)
        except (OSError, RuntimeError, ValueError) as error:
            raise SettingsError(f"RINGBACK_HOME {self.home} cannot be used: {_why(error)}.") from None
        return path

    @property
    def ledger_url(self) -> str:
        """Return the database address; it may hold a password, so it is never shown."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.folder / 'ledger.db'}"


def load_settings(**given: object) -> Settings:
    """Read the settings; raises SettingsError with one sentence."""
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_sentence(error, "RINGBACK_")) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"ringback.toml is not TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"ringback.toml or .env cannot be read: {_why(error)}.") from None
    chosen = {"RINGBACK_PLATFORM": settings.platform}
    chosen |= {f"workspaces.{name}.platform": own.platform for name, own in settings.workspaces.items()}
    for name, platform in chosen.items():
        if platform not in PLATFORMS:
            raise SettingsError(f"{name} {platform!r} is not known. Known: {', '.join(PLATFORMS)}.")
    one_name_each(settings)
    check_twilio(settings, settings.workspaces)
    return settings


def load_policy(path: Path | None) -> Policy:
    """Read the policy file; an unknown key, a wrong value or an unreadable file is one sentence."""
    if path is None:
        return Policy.model_validate({})
    try:
        values = tomllib.loads(path.expanduser().read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The policy {path} is not TOML: {error}.") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise SettingsError(f"The policy {path} cannot be read: {_why(error)}.") from None
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"The policy {path} cannot be used: {_sentence(error, '')}") from None


RUN_KEYS = frozenset({"purpose"})
"""Policy keys that a run may set for itself."""


def with_run(policy: Policy, given: Mapping[str, object]) -> Policy:
    """Return the policy with a run's own values in it; a wrong or a loosening one is one sentence."""
    if not given:
        return policy
    ensure(given.keys() <= RUN_KEYS, "a run sets nothing else")
    try:
        return Policy.model_validate(policy.model_dump() | dict(given))
    except ValidationError as error:
        raise SettingsError(f"This run cannot go by that policy: {_sentence(error, '')}") from None


def run_policy(
    settings: Settings, run: Mapping[str, object] | None = None
) -> tuple[Policy, frozenset[str], frozenset[str]]:
    """Return the policy of this run, the keys that its file sets, and those that the run's parameters set.

    A parameter that is None says nothing. Loosening a default takes the file: there stand who and why.
    """
    policy = load_policy(settings.policy)
    given = {name: value for name, value in (run or {}).items() if value is not None}
    return with_run(policy, given), frozenset(policy.model_fields_set), frozenset(given)


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return getattr(error, "strerror", None) or str(error).rstrip(".")


def _sentence(error: ValidationError, prefix: str) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    in_table = prefix and len(first["loc"]) > 1
    if prefix and first["type"] == "extra_forbidden":
        return f"ringback.toml: there is no setting {name!r}; see settings.md, hooks.md and tickets.md."
    name = f"{prefix}{name.upper()}" if prefix and not in_table else name
    if first["type"] == "extra_forbidden":
        return f"there is no policy key {name!r}. `ringback policy` lists them."
    words = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{name}: {words}." if first["loc"] else f"{words}."
