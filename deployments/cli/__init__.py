"""The command line: a contract that scripts depend on."""

from deployments.cli.app import main

__all__ = ["main"]
