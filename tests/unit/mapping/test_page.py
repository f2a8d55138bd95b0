"""docs/mapping.md: what it shows parses, and nothing that may be said is missing from it."""

import re
import tomllib

import pytest

from models.mapping.claims import claims
from models.mapping.document import CallFields, JobFields, MappingDocument, Paging, RowFields
from tests.unit.docs.pages import ROOT, text_of
from tests.unit.mapping.example import parsed

PAGE = text_of(ROOT / "docs" / "mapping.md")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_is_toml_of_a_mapping(block: str) -> None:
    """Whoever pastes a block has no syntax error, and no table that a mapping does not know."""
    assert set(tomllib.loads(block)) <= set(MappingDocument.model_fields)


@pytest.mark.parametrize("fields", [JobFields, RowFields, CallFields])
def test_every_field_is_named(fields: type[JobFields | RowFields | CallFields]) -> None:
    """No field has to be guessed from the code."""
    assert [
        name for name in fields.model_fields if f"`{name}`" not in PAGE and f"{name} = " not in PAGE
    ] == []


def test_every_kind_of_claim_is_named() -> None:
    """What needs evidence stands in the table, as far as the example goes."""
    kinds = {
        re.sub(r"(statuses|refused|again)\..*|(reasons)\..*", r"\1\2.", one)
        for one in claims(parsed().document)
    }
    assert [kind for kind in kinds if f"`{kind}" not in PAGE] == []


def test_the_words_of_paging_are_named() -> None:
    """Every way of going on, and every end."""
    words = re.findall(
        r"'(\w+)'", str(Paging.model_fields["by"].annotation) + str(Paging.model_fields["end"].annotation)
    )
    assert len(words) > 8
    assert [word for word in words if word not in PAGE] == []
