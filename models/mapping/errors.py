"""Why a mapping file is not used."""

from models.errors import EXIT_USAGE, RingbackError


class MappingError(RingbackError):
    """A mapping file that cannot be used as it is; the message is one sentence that names the place in it."""

    exit_code = EXIT_USAGE
    next_action = "Correct the place in the mapping file that the message names; mapping.md explains each."
