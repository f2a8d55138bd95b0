"""The sandbox's web application: the wire format, the control endpoints, and the faults around both."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from deployments.sandbox import control
from deployments.sandbox.batches import cartesia, vogent
from deployments.sandbox.campaigns import doors as campaigns
from deployments.sandbox.carrier import twilio
from deployments.sandbox.doors import Doors
from deployments.sandbox.registry import Registry
from deployments.sandbox.vapi import doors as vapi
from deployments.sandbox.vapi import version_1
from deployments.sandbox.wire import calls, jobs, rest, retell, voqo


def create_app(registry: Registry | None = None) -> Doors:
    """Build the ASGI application over a registry of worlds."""
    api = FastAPI(title="ringback sandbox", docs_url=None, redoc_url=None)
    api.state.registry = registry or Registry()
    for part in (
        jobs,
        campaigns,
        calls,
        voqo,
        retell,
        vapi,
        version_1,
        vogent,
        cartesia,
        rest,
        twilio,
        control,
    ):
        api.include_router(part.router)
    for refusal in (rest.DeskError, twilio.CarrierError):
        api.add_exception_handler(refusal, _refused)
    return Doors(api, api.state.registry)


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, rest.DeskError | twilio.CarrierError):
        raise error
    return error.answer
