"""What the shell completes a word to; it says nothing and fails at nothing."""

from deployments.manual.pages import SCENARIO_NAMES


def scenarios(incomplete: str) -> list[str]:
    """Return the sandbox's scenarios that begin so."""
    return [name for name in SCENARIO_NAMES if name.startswith(incomplete)]


def recovery_ids(incomplete: str) -> list[tuple[str, str]]:
    """Return the newest recoveries whose id begins so, each with its job and state."""
    try:
        from tasks.ledger.recoveries import beginning
        from tasks.runtime.wiring import open_runtime

        found = beginning(open_runtime().ledger, incomplete)
    except Exception:  # noqa: BLE001  a shell that completes a word has no place for a sentence
        return []
    return [(one.id, f"{one.job_id}, {one.state}") for one in found]
