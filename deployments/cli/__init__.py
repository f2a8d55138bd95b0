"""The command line: a contract that scripts depend on."""

from tasks.runtime.collecting import collect_rarely

collect_rarely()  # before the commands are made: nothing of them is ever garbage

from deployments.cli.app import main  # noqa: E402  after that

__all__ = ["main"]
