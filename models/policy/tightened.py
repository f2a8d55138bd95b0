"""What a single request may change of a workspace's policy: it may tighten it, never loosen it."""

from typing import Literal

from models.errors import EXIT_USAGE, RingbackError
from models.policy.policy import Policy


class NotAllowedError(RingbackError, ValueError):
    """A request asks for more than the workspace's policy allows."""

    exit_code = EXIT_USAGE
    next_action = "Ask for what the policy allows, or change the policy."


def tightened(policy: Policy, approval: Literal["ask", "auto"]) -> Policy:
    """Return the policy as a request may tighten it; raises NotAllowedError where it would loosen."""
    if approval == "auto" and policy.approval == "ask":
        raise NotAllowedError(
            "approval: the workspace's policy says ask, so a run may not say auto. "
            "Start it with ask, or change `approval` in the policy."
        )
    return policy.model_copy(update={"approval": approval})
