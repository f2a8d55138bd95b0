"""What a create of a campaign accepts: the fields of the official client, elevenlabs 2.78.0."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from deployments.sandbox.engine.entities import DEFAULT_RINGING_SECONDS, Agent, JobSubmission
from deployments.sandbox.wire.bodies import MOST_ROWS

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LeadIn(_Strict):
    """A SubmitCampaignRecipient; this workspace calls phones only."""

    phone_number: Phone
    phone_numbers: list[Phone] | None = None
    id: str | None = None
    conversation_initiation_client_data: dict[str, Any] | None = None


class ModeIn(_Strict):
    """A PhoneVoiceConfigInput."""

    ringing_timeout_secs: int | None = Field(default=None, ge=1, le=999)
    twilio_call_recording_enabled: bool | None = None
    twilio_machine_detection: dict[str, Any] | None = None
    mode: Literal["voice"] | None = None


class ChannelIn(_Strict):
    """A SubmitCampaignRequestChannelConfig_Phone."""

    channel: Literal["phone"]
    agent_phone_number_id: str
    mode_config: ModeIn | None = None


class CampaignIn(_Strict):
    """The body of POST /v1/convai/outbound-campaigns/campaigns/submit."""

    call_name: str
    agent_id: str
    recipients: list[LeadIn] = Field(min_length=1, max_length=MOST_ROWS)
    channel_config: ChannelIn
    scheduled_time_unix: int | None = None
    timezone: str | None = None
    branch_id: str | None = None
    environment: str | None = None
    target_concurrency_limit: int | None = Field(default=None, ge=1)
    idempotency_key: str | None = None
    policy: dict[str, Any] | None = None
    variant: Literal["simple", "advanced"] = "advanced"

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.variant == "simple" and self.policy is not None:
            raise ValueError("variant simple cannot be combined with policy")
        if self.variant == "advanced" and self.policy is None:
            raise ValueError("the workspace has no configuration of campaigns, so policy is required")
        return self

    def order(self, agent: Agent, skew: float) -> JobSubmission:
        """Return the job that this asks for; `skew` is the platform's clock error in seconds."""
        mode = self.channel_config.mode_config
        return JobSubmission(
            name=self.call_name,
            agent=agent,
            number_id=self.channel_config.agent_phone_number_id,
            rows=tuple(
                (r.id, r.phone_number, r.conversation_initiation_client_data) for r in self.recipients
            ),
            scheduled_at=None if self.scheduled_time_unix is None else self.scheduled_time_unix - skew,
            timezone=self.timezone,
            cap=self.target_concurrency_limit,
            branch_id=self.branch_id,
            environment=self.environment,
            ringing_seconds=(mode and mode.ringing_timeout_secs) or DEFAULT_RINGING_SECONDS,
        )


class ResolveIn(_Strict):
    """The body of a resolve: how an attention item was handled."""

    resolution: str
