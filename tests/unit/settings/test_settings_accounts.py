"""One platform account has one name, whatever the settings call it."""

import pytest

from tasks.runtime.settings.accounts import fingerprint, one_name_each
from tasks.runtime.settings.errors import SettingsError
from tasks.runtime.settings.settings import Settings
from tests.plain_settings import plain_settings

SECRET = b"a secret of a test"


def settings(url: str = "https://api.example.com", key: str = "k1", **more: tuple[str, str]) -> Settings:
    """Return settings with a default workspace and more of them, each an address and a key."""
    workspaces = {name: {"platform_url": one, "platform_key": other} for name, (one, other) in more.items()}
    return plain_settings(workspace="shop", platform_url=url, platform_key=key, workspaces=workspaces)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://api.example.com/",
        "HTTPS://API.EXAMPLE.COM",
        "https://api.example.com:443",
        "https://api.example.com./",
    ],
)
def test_two_names_of_one_account_are_refused(url: str) -> None:
    """However its address is written, an account under two names does not start."""
    with pytest.raises(SettingsError, match="shop and other are one platform account"):
        one_name_each(settings(other=(url, "k1")))


def test_one_account_by_an_adapter_and_by_a_mapping_is_refused() -> None:
    """Whoever is known by a mapping file beside its adapter would call the same people under each."""
    both = settings(other=("https://api.example.com", "k1"))
    own = both.workspaces["other"].model_copy(update={"platform": "http"})
    with pytest.raises(SettingsError, match="one platform account"):
        one_name_each(both.model_copy(update={"workspaces": {"other": own}}))


@pytest.mark.parametrize("other", [("https://api.example.com", "k2"), ("https://eu.example.com", "k1")])
def test_two_accounts_may_have_two_names(other: tuple[str, str]) -> None:
    """Another key or another host is another account as far as anybody can tell."""
    one_name_each(settings(other=other))


def test_an_account_is_known_again_under_another_name() -> None:
    """What the ledger keeps is the same for one account, differs by key, and tells no key."""
    one = fingerprint(settings(), SECRET)
    again = fingerprint(settings().model_copy(update={"workspace": "renamed"}), SECRET)
    other = fingerprint(settings(key="k2"), SECRET)
    assert one == again != other
    assert one is not None
    assert "k1" not in one
    assert fingerprint(settings(key=""), SECRET) is None
