"""More workspaces than one: `[workspaces.NAME]` in ringback.toml, beside the default one of RINGBACK_*."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from tasks.runtime.settings.errors import SettingsError
from tasks.runtime.settings.secret_text import BlockName, before_block, given_or_block, reveal
from tasks.runtime.settings.twilio import TWILIO_URL, of_workspace
from tasks.runtime.settings.voqo import with_address

if TYPE_CHECKING:
    from tasks.runtime.settings.settings import Settings

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class WorkspaceSettings(BaseModel):
    """One more workspace: its platform, its key and its policy; everything else is shared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: str = Field("elevenlabs", description="Which platform its jobs run on")
    platform_url: str = Field("https://api.elevenlabs.io", description="Address of the platform")
    key_block: BlockName = Field("", description="Block `ringback-workspace/NAME` in Prefect with its key")
    platform_key: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="Its key, or `env:NAME` for the variable that holds it",
    )
    mapping: Path | None = Field(None, description="Mapping file of its platform (http); see mapping.md")
    platform_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret of its webhooks, or `env:NAME` (voqo, vapi)"
    )
    platform_webhook_url: str = Field("", description="Public address of the gateway for it (vapi)")
    platform_credential: str = Field("", description="Id of its credential for webhooks (vapi)")
    twilio_account_sid: str = Field("", description="Account SID of Twilio, whose calls its platform makes")
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), description="Auth token of that account, or `env:NAME`"
    )
    twilio_api_key: str = Field("", description="SID of an API key in place of the token")
    twilio_api_secret: SecretStr = Field(SecretStr(""), description="Secret of that API key, or `env:NAME`")
    twilio_url: str = Field(TWILIO_URL, description="Address of Twilio")
    policy: Path | None = Field(None, description="A TOML file with its policy keys")

    @field_validator("platform_key")
    @classmethod
    def _is_somewhere(cls, given: SecretStr, info: ValidationInfo) -> SecretStr:
        return given_or_block(given, str(info.data.get("key_block") or ""))

    @model_validator(mode="before")
    @classmethod
    def _address(cls, given: Any) -> Any:
        return with_address(given)

    @property
    def webhook_secret(self) -> SecretStr:
        """Return the secret of its webhooks; raises SettingsError where its variable is not set."""
        return reveal(self.platform_webhook_secret.get_secret_value())

    @property
    def key(self) -> SecretStr:
        """Return the key, empty where a block holds it; raises SettingsError where its variable is unset."""
        return before_block(self.platform_key.get_secret_value(), self.key_block)


def workspace_names(settings: "Settings") -> list[str]:
    """Return every workspace by name, the default one first where it has a key, or a block for it."""
    default = [settings.workspace] if settings.platform_key.get_secret_value() or settings.key_block else []
    return [*default, *(name for name in settings.workspaces if name != settings.workspace)]


def settings_of(settings: "Settings", workspace: str | None) -> "Settings":
    """Return the settings as one workspace has them; none or its own name means the default one.

    Raises SettingsError for a workspace that nobody has set up.
    """
    if not workspace or workspace == settings.workspace:
        return settings
    if workspace not in settings.workspaces:
        known = ", ".join([settings.workspace, *settings.workspaces])
        raise SettingsError(f"There is no workspace {workspace!r} in the settings. Known: {known}.")
    own = settings.workspaces[workspace]
    changes = {
        "workspace": workspace,
        "platform": own.platform,
        "platform_url": own.platform_url,
        "platform_key": own.key,
        "key_block": own.key_block,
        "platform_mapping": own.mapping,
        "platform_webhook_secret": own.webhook_secret,
        "platform_webhook_url": own.platform_webhook_url,
        "platform_credential": own.platform_credential,
        "policy": own.policy,
        **of_workspace(own, reveal),
    }
    return settings.model_copy(update=changes)
