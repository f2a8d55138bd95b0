"""The root of every error of ours: what the command line exits with, and what a person does next."""

from models.enums import State

EXIT_OK, EXIT_FAULT, EXIT_USAGE, EXIT_PERSON, EXIT_ESCALATED = range(5)
"""The contract of the command line: done, a fault, something to correct, a person decides, engineering."""
EXIT_INTERRUPTED = 130
"""A person pressed Ctrl-C, as shells have it."""
EXITS = {
    State.HELD: EXIT_PERSON,
    State.AWAITING_APPROVAL: EXIT_PERSON,
    State.RUNNING: EXIT_PERSON,
    State.ESCALATED: EXIT_ESCALATED,
}
"""Exit code by the state of a recovery; every other state is 0."""


def exit_of(state: str) -> int:
    """Return the exit code of a recovery's state."""
    return next((code for known, code in EXITS.items() if known.value == state), EXIT_OK)


class RingbackError(Exception):
    """Something that went wrong, as a sentence for whoever reads it; an instance may set both of its own."""

    exit_code: int = EXIT_FAULT
    next_action: str = "Do what the message says, then run the command again."
    """What a person does about it; `{recovery}` stands for the id of the recovery that it stopped."""

    def next_action_for(self, recovery_id: str) -> str:
        """Return what a person does about it, where it stopped that recovery."""
        return self.next_action.replace("{recovery}", recovery_id)
