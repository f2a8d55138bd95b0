"""What Vapi's version 2 accepts, as far as this platform minds it: CreateCampaignDTO of its client 3.0.0."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{1,14}$")]


class CustomerIn(BaseModel):
    """A CreateCustomerDTO."""

    number: Phone
    name: str | None = Field(default=None, max_length=40)
    externalId: str | None = Field(default=None, max_length=40)  # noqa: N815  as the format has it
    assistantOverrides: dict[str, Any] | None = None  # noqa: N815
    squadOverrides: dict[str, Any] | None = None  # noqa: N815


class ServerIn(BaseModel):
    """A Server."""

    url: str
    credentialId: str | None = None  # noqa: N815
    timeoutSeconds: float = Field(default=20, ge=1, le=30)  # noqa: N815


class PredialIn(BaseModel):
    """A CampaignPredialPlan."""

    enabled: bool = True


class CampaignIn(BaseModel):
    """The body of POST /v2/campaign."""

    name: str
    assistantId: str | None = None  # noqa: N815
    squadId: str | None = None  # noqa: N815
    phoneNumberId: str  # noqa: N815
    customers: list[CustomerIn] = Field(min_length=1, max_length=10_000)
    maxConcurrency: int = Field(default=1, ge=1, le=500)  # noqa: N815
    assistantOverrides: dict[str, Any] | None = None  # noqa: N815
    squadOverrides: dict[str, Any] | None = None  # noqa: N815
    server: ServerIn | None = None
    predialPlan: PredialIn | None = None  # noqa: N815

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.assistantId) == bool(self.squadId):
            raise ValueError("exactly one of assistantId or squadId is required")
        if self.predialPlan is not None and self.server is None:
            raise ValueError("predialPlan requires server")
        return self


class CredentialIn(BaseModel):
    """What a test says of a workspace: the token that a credential of it holds."""

    id: str
    token: str
