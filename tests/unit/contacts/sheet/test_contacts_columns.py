"""The number column is found by its name or by what it holds, or the person is told how to name it."""

import pytest

from models.contacts.sheet.columns import find_column
from models.contacts.sheet.names import is_number_name, key
from models.contacts.verdict import ContactFileError

AU = "+61491570156"


@pytest.mark.parametrize(
    "name",
    [
        *("phone", "phone_number", "phone number", "number", "mobile", "mobile_number", "contact_number"),
        *(
            "tonumber",
            "toNumber",
            "to",
            "msisdn",
            "cell",
            "tel",
            "telephone",
            "phone1",
            "phone10",
            "Phone-No.",
        ),
        *("  PHONE NUMBER ", "Téléphone", "Teléfono", "to_phone_number", "E.164"),
    ],
)
def test_known_names_are_recognised(name: str) -> None:
    """Case, spaces, underscores, punctuation and accents do not hide a number column."""
    assert is_number_name(name)
    assert find_column([["name", name, "note"], ["Ana", AU, ""]]).index == 1


@pytest.mark.parametrize("name", ["name", "phone type", "numbers of seats", "tomorrow", "", "telegram"])
def test_other_names_are_not(name: str) -> None:
    """A column is not taken for numbers because its name resembles one."""
    assert not is_number_name(name)


def test_the_best_name_wins_and_the_others_are_told() -> None:
    """With several number columns the most telling name is used, and the rest is told."""
    column = find_column([["number", "Mobile", "phone_number"], ["1", "2", AU]])
    assert (column.index, column.others) == (2, ("Mobile", "number"))


def test_the_platform_s_own_name_wins() -> None:
    """What the platform will read is what is checked."""
    rows = [["phone", "number"], ["0491570156", AU]]
    assert find_column(rows, preferred="number").name == "number"


@pytest.mark.parametrize(("named", "index"), [("Kontakt", 1), ("kontakt", 1), ("2", 1), ("3", 2)])
def test_the_user_names_the_column(named: str, index: int) -> None:
    """A header name or a place counted from 1 settles it, whatever else looks like a number column."""
    column = find_column([["phone", "Kontakt", "x"], [AU, AU, AU]], named=named)
    assert (column.index, column.has_header) == (index, True)


def test_a_place_works_without_a_header() -> None:
    """A headerless file needs only the place."""
    column = find_column([["Ana", AU], ["Bob", AU]], named="2")
    assert (column.index, column.has_header) == (1, False)


@pytest.mark.parametrize(
    "cell", [AU, "0491 570 156", "6.14E+10", "0491570156.0", '="0491570156"', "0491570156;0491570157"]
)
def test_a_first_row_with_a_number_is_no_header(cell: str) -> None:
    """The first contact is never lost to a header that is not there."""
    column = find_column([["Ana", cell], ["Bob", AU], ["Cem", AU]])
    assert (column.index, column.has_header) == (1, False)


def test_one_column_needs_no_name() -> None:
    """A list of numbers is a contact file, with any header or none."""
    assert find_column([["Kontakte"], [AU]]).has_header
    assert not find_column([[AU], [AU]]).has_header
    assert not find_column([[AU]]).has_header


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [["name", "kontakt", "weiter"], ["Ana", AU, AU]],
            r"no column known.*'kontakt'.*\(column 2, column 3 looks like it\).*--column",
        ),
        ([["name", "Fax"], ["Ana", AU]], r"no column known.*'Fax'.*\(column 2 looks like it\)"),
        ([["name", "note"], ["Ana", "x"]], "no column known.*'name', 'note'.*phone_number"),
        ([[AU, AU], [AU, AU]], r"no header.*several columns.*column 1, column 2.*--column"),
        ([["Ana", AU], ["Bob", "x"], ["Cem", "y"]], "no header and no column holds numbers"),
    ],
)
def test_where_there_is_no_one_answer_the_person_is_asked(rows: list[list[str]], says: str) -> None:
    """Two columns that could be it are never chosen between by chance."""
    with pytest.raises(ContactFileError, match=says):
        find_column(rows)


def test_a_wrong_name_is_answered_with_the_right_ones() -> None:
    """A typo in the column's name is cheap to correct."""
    with pytest.raises(ContactFileError, match=r"no column 'fone'.*'name', 'phone'"):
        find_column([["name", "phone"], ["Ana", AU]], named="fone")


def test_no_number_reaches_a_message() -> None:
    """An error about a headerless file shows none of its numbers."""
    with pytest.raises(ContactFileError) as told:
        find_column([["x", "Ana 0491 570 156"], ["y", "z"]], named="fone")
    assert "570" not in str(told.value)


def test_keys_ignore_how_a_name_is_dressed() -> None:
    """One key for all spellings of a name."""
    assert key(" Phone_Number ") == key("phone-number") == key("PHONENUMBER")
