"""How often Python looks for garbage while a process works on the ledger."""

import gc

AT_ONCE = 50_000
"""Objects made before it looks: a look at a job makes some thousand, and nearly all of them stay."""


def collect_rarely() -> None:
    """Let Python look for cycles some seventy times less often; a tenth of a recovery's CPU went there.

    What is freed by its count is freed at once, as ever. A process that has set a larger figure keeps it.
    """
    seldom, *rest = gc.get_threshold()
    if 0 < seldom < AT_ONCE:
        gc.set_threshold(AT_ONCE, *rest)
