"""What the platforms document of the requests that ringback may send: paths, parameters, fields of bodies."""

from models.mapping.mapping import PlatformMapping
from tests.conformance.suite.faces import Asks

_API, _ONE = "/v1/convai", "[^/]+"
_BATCH = f"{_API}/batch-calling"


def _asks(method: str, path: str, query: str = "", body: str = "") -> Asks:
    return Asks(method, path, frozenset(query.split()), frozenset(body.split()))


ELEVENLABS = (
    _asks("GET", f"{_BATCH}/workspace", "limit last_doc"),
    _asks("GET", f"{_BATCH}/{_ONE}"),
    _asks("POST", f"{_BATCH}/{_ONE}/cancel"),
    _asks(
        "POST",
        f"{_BATCH}/submit",
        body="call_name agent_id scheduled_time_unix agent_phone_number_id timezone branch_id environment "
        "telephony_call_config.* target_concurrency_limit recipients.id recipients.phone_number "
        "recipients.conversation_initiation_client_data.*",
    ),
    _asks(
        "GET",
        f"{_API}/conversations",
        "cursor agent_id call_successful call_start_before_unix call_start_after_unix page_size "
        "summary_mode conversation_initiation_source batch_call_id phone_number user_id "
        "dynamic_variables exclude_statuses",
    ),
    _asks("GET", f"{_API}/conversations/{_ONE}"),
    _asks("GET", f"{_API}/conversations/{_ONE}/sip-messages", "page_size cursor"),
    _asks("GET", f"{_API}/agents/{_ONE}"),
    _asks("GET", f"{_API}/phone-numbers(/{_ONE})?"),
    _asks("GET", f"{_API}/analytics/live-count", "agent_id"),
)
"""The OpenAPI document of ElevenLabs."""
_OUTBOUND = f"{_API}/outbound-campaigns"
ELEVENLABS_CAMPAIGNS = (
    _asks("GET", f"{_OUTBOUND}/campaigns", "page_size status agent_id channel mode search cursor"),
    _asks("GET", f"{_OUTBOUND}/campaigns/{_ONE}(/progress)?"),
    _asks("GET", f"{_OUTBOUND}/campaigns/{_ONE}/leads", "page_size search status disposition cursor"),
    _asks("GET", f"{_OUTBOUND}/campaigns/{_ONE}/calls", "page_size lead_id status call_result stage cursor"),
    _asks("GET", f"{_OUTBOUND}/attention", "campaign_id include_resolved page_size cursor"),
    _asks("POST", f"{_OUTBOUND}/campaigns/{_ONE}/stop"),
    _asks(
        "POST",
        f"{_OUTBOUND}/campaigns/submit",
        body="call_name agent_id scheduled_time_unix timezone branch_id environment target_concurrency_limit "
        "idempotency_key variant channel_config.channel channel_config.agent_phone_number_id "
        "channel_config.mode_config.* recipients.id recipients.phone_number "
        "recipients.conversation_initiation_client_data.*",
    ),
)
"""The client elevenlabs 2.78.0: outbound campaigns."""
VOQO = (
    _asks(
        "POST",
        f"/api/v1/workspaces/{_ONE}/agents/{_ONE}/start-call",
        body="to_phone from_phone record parameters.*",
    ),
)
"""Notes on docs.voqo.ai."""
RETELL = (
    _asks(
        "POST",
        "/v2/create-phone-call",
        body="from_number to_number override_agent_id override_agent_version metadata.* idempotency_key "
        "retell_llm_dynamic_variables.* honor_internal_dnc",
    ),
    _asks(
        "POST",
        "/v3/list-calls",
        body="filter_criteria.* sort_order limit pagination_key include_total skip",
    ),
    _asks("GET", f"/v2/get-call/{_ONE}"),
    _asks("GET", "/get-concurrency"),
    _asks("GET", f"/get-agent/{_ONE}"),
)
"""The types of retell-sdk 6.2.13."""
VAPI = (
    _asks("GET", "/v2/campaign", "page limit sortOrder sortBy includeCounters"),
    _asks("GET", f"/v2/campaign/{_ONE}", "includeCounters"),
    _asks("GET", f"/v2/campaign/{_ONE}/contacts", "page limit sortOrder sortBy"),
    _asks(
        "POST",
        "/v2/campaign",
        body="name assistantId squadId phoneNumberId maxConcurrency customers.number customers.name "
        "customers.externalId customers.assistantOverrides.variableValues.* "
        "customers.squadOverrides.variableValues.* assistantOverrides.variableValues.* server.url "
        "server.credentialId server.timeoutSeconds predialPlan.enabled",
    ),
    _asks("PATCH", f"/v2/campaign/{_ONE}", body="status"),
    _asks("GET", "/call", "limit phoneNumberId createdAtGe createdAtLe"),
    _asks("GET", f"/call/{_ONE}"),
    _asks("GET", f"/campaign/{_ONE}"),
    _asks("GET", f"/assistant/{_ONE}"),
    _asks("GET", f"/squad/{_ONE}"),
    _asks("GET", f"/phone-number/{_ONE}"),
)
"""The types of vapi_server_sdk 3.0.0."""

_DIAL_JOBS = "/batch_dial_jobs"
VOGENT = (
    _asks("GET", _DIAL_JOBS, "limit cursor status callAgentId userId"),
    _asks("GET", f"{_DIAL_JOBS}/{_ONE}"),
    _asks("GET", f"{_DIAL_JOBS}/{_ONE}/(queue|dials)", "limit cursor"),
    _asks("POST", f"{_DIAL_JOBS}/{_ONE}/paused", body="paused"),
    _asks(
        "POST",
        _DIAL_JOBS,
        body="name callAgentId maxConcurrentDials rows.toNumber rows.inputs.* fromPhoneNumberIds "
        "schedule.days.dayOfWeek schedule.days.timeSlots.startTime schedule.days.timeSlots.endTime "
        "schedule.timezone schedule.disableSchedule",
    ),
    _asks("GET", f"/dials/{_ONE}"),
    _asks("GET", "/agents", "limit cursor"),
    _asks("GET", f"/phone_numbers/{_ONE}"),
)
"""docs.vogent.ai/api-reference, as github.com/crowe452/vogent-docs @d7fb808 mirrors it."""
_BATCHES = "/agents/calls/batches"
CARTESIA = (
    _asks("GET", _BATCHES, "limit starting_after ending_before agent_id"),
    _asks("GET", f"{_BATCHES}/{_ONE}"),
    _asks("POST", f"{_BATCHES}/{_ONE}/cancel"),
    _asks(
        "POST",
        _BATCHES,
        body="name agent_id from_number_id target_concurrency_limit ringing_timeout_seconds "
        "max_call_duration_minutes scheduled_at recipients.to_number recipients.metadata.*",
    ),
    _asks("GET", f"/agents/calls/{_ONE}"),
    _asks("GET", f"/agents/{_ONE}"),
)
"""docs.cartesia.ai/api-reference/agents, version 2026-03-01."""


def of_mapping(mapping: PlatformMapping) -> tuple[Asks, ...]:
    """Return what a mapping file itself says of requests: its paths, and whatever its bodies hold."""
    paths = {str(path) for path in _paths(mapping.document.model_dump())}
    anything = frozenset({"*"})
    return tuple(Asks("[A-Z]+", _pattern(path), anything, anything) for path in sorted(paths))


def _paths(told: object) -> list[object]:
    if not isinstance(told, dict):
        return []
    own = [told["path"]] if told.get("path") else []
    return own + [path for value in told.values() for path in _paths(value)]


def _pattern(path: str) -> str:
    return path.replace("{", "\0").split("\0")[0] + "".join(
        _ONE + part.split("}", 1)[1] for part in path.split("{")[1:]
    )
