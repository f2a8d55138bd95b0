"""`ringback sandbox`: an account as wished, served to whoever holds its key."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

CAMPAIGNS = "/v1/convai/outbound-campaigns/campaigns"


@contextmanager
def served(*options: str) -> Iterator[dict[str, Any]]:
    """Run a sandbox and give what it tells once it takes requests."""
    line = (sys.executable, "-m", "deployments.cli", "sandbox", "--port", "0", "--json", *options)
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told: list[str] = []
        try:
            for one in child.stdout:
                told.append(one)
                if one.rstrip("\n") == "}":
                    break
            yield json.loads("".join(told))
        finally:
            child.terminate()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("options", "has"), [(("--campaigns",), True), ((), False)])
def test_an_account_has_outbound_campaigns_where_that_is_asked_for(
    options: tuple[str, ...], has: bool
) -> None:
    """With --campaigns the listing answers, without it the account is refused as one that has none."""
    with served(*options) as told:
        key = {"xi-api-key": told["key"]}
        answer = httpx.get(f"{told['url']}{CAMPAIGNS}", headers=key)
    assert answer.is_success is has
