"""The locks: exact versions and hashes of everything that is installed, from wherever it is fetched."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = {"requirements.lock": "dev", "requirements-bench.lock": "bench"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> list[str]:
    """Return what a lock installs, one requirement a line with its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    return text.replace("\\\n", "").splitlines()


def plain(requirement: str) -> str:
    """Return the name of a requirement as an index spells it."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index(name: str) -> None:
    """No address and no option of an index stands in a lock: whoever installs chooses their own."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash", ""), re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_everything_locked_is_one_version_with_its_hashes(name: str) -> None:
    """Nothing is installed that is not known byte for byte."""
    assert locked(name)
    for line in locked(name):
        assert re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize(("name", "group"), LOCKS.items())
def test_a_lock_holds_its_group(name: str, group: str) -> None:
    """Whatever the group asks for is in its lock."""
    wanted = {plain(one) for one in PROJECT["dependency-groups"][group]}
    assert wanted <= {plain(line) for line in locked(name)}


def test_rivals_stay_out_of_our_own_environment() -> None:
    """What is only measured beside ringback is installed with nothing of ringback's."""
    rivals = {plain(one) for one in PROJECT["dependency-groups"]["bench"]}
    assert rivals.isdisjoint(plain(line) for line in locked("requirements.lock"))
