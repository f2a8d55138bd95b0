"""What stands beside a number is heard: that it is a fax, and the area code without which it is not whole."""

from pathlib import Path

import pytest

from tasks.contact_files.file import check_file
from tests.unit.contacts.test_contacts_told import ANN, BOB, CY, saved, verdicts


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("Phone 1 - Label,Phone 1 - Value", "Work Fax"),
        ("Phone 1 - Type,Phone 1 - Value", "Home Fax"),
        ("Phone 1 - Label,Phone 1 - Value", "* workFax"),
        ("phone_type,phone_number", "FAX"),
        ("Type,Mobile", "Telefax"),
        ("Phone Label,Phone", "Pager"),
        ("Kind,Phone", "Fax (work)"),
        ("Phone type,Phone", "Assistant"),
        ("Typ;Telefon", "Telefax"),
    ],
)
def test_a_number_that_its_label_calls_a_fax_is_not_dialled(tmp_path: Path, header: str, label: str) -> None:
    """The row is named in the first line, and the same column's other numbers are dialled."""
    mark = ";" if ";" in header else ","
    path = saved(tmp_path, f"{header}\n{label}{mark}{ANN}\nMobile{mark}{BOB}\n{mark}{CY}\n")
    assert verdicts(path) == [(None, "not_for_calls"), (BOB, ""), (CY, "")]
    told = check_file(path, region="AU").headline
    assert told == "1 of 3 rows is NOT dialled (1 not_for_calls); 2 may be."


def test_the_next_number_helps_out_where_the_first_is_a_fax(tmp_path: Path) -> None:
    """Each number has its own label: a person with a fax and a mobile is called on the mobile."""
    head = "Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value"
    rows = f"Ann,Work Fax,+61291234567,Mobile,{ANN}\nBob,Mobile,{BOB},Work Fax,+61291234568\n"
    last = "Cy,Home Fax,+61291234567,Work Fax,+61291234568\n"
    assert [number for number, _ in verdicts(saved(tmp_path, f"{head}\n{rows}{last}"))] == [ANN, BOB, None]


def test_a_customers_type_is_no_label_of_the_number(tmp_path: Path) -> None:
    """Only what is named after the number, or stands right beside it, speaks of it."""
    path = saved(tmp_path, f"Customer type,Name,Phone\nFax dealer,Ann,{ANN}\n")
    assert verdicts(path) == [(ANN, "")]


@pytest.mark.parametrize(
    ("region", "content", "number"),
    [
        ("US", "Area Code,Phone\n212,555-0123\n", "+12125550123"),
        ("US", "name,area_code,phone_number\nAnn,(212),5550123\n", "+12125550123"),
        ("US", "AreaCode,Phone\n212.0,555 0123\n", "+12125550123"),
        ("AU", "STD code,Phone\n02,9123 4567\n", "+61291234567"),
        ("AU", "Phone,Area Code\n9123 4567,02\n", "+61291234567"),
        ("DE", "Vorwahl;Telefon\n030;1234567\n", "+49301234567"),
        ("BR", "DDD,Telefone\n11,987654321\n", "+5511987654321"),
        ("GB", "Home Area Code,Home Phone\n020,7946 0123\n", "+442079460123"),
        ("AU", "Country Code,Area Code,Phone\n44,020,7946 0123\n", "+442079460123"),
    ],
)
def test_an_area_code_in_a_column_of_its_own_is_used(
    tmp_path: Path, region: str, content: str, number: str
) -> None:
    """A local number is dialled in its own area, and the row says what was done."""
    (read,) = verdicts(saved(tmp_path, content), region)
    assert read[0] == number
    report = check_file(saved(tmp_path, content), region=region)
    assert "area_code" in report.by_code


@pytest.mark.parametrize(
    ("region", "content", "number"),
    [
        ("US", "Area Code,Phone\n212,(212) 555-0123\n", "+12125550123"),
        ("US", "Area Code,Phone\n212,+1 212 555 0123\n", "+12125550123"),
        ("US", "Area Code,Phone\n,2125550123\n212,5550124\n", "+12125550123"),
        ("AU", "Area Code,Phone\n02,0412 345 678\n", ANN),
        ("AU", f"Area,Phone\nNorth,{ANN}\n", ANN),
    ],
)
def test_a_number_that_is_whole_stays_as_it_is(
    tmp_path: Path, region: str, content: str, number: str
) -> None:
    """The area code is put before nothing that has it already, and before no mobile."""
    assert verdicts(saved(tmp_path, content), region)[0][0] == number


@pytest.mark.parametrize(
    ("region", "content", "code"),
    [
        ("US", "Area Code,Phone\n,555-0123\n212,5550124\n", "local_only"),
        ("US", "Area Code,Phone\n212,555-01\n", "short_number"),
        ("DE", "Vorwahl;Telefon\n030;15120001234\n", "area_unsure"),
    ],
)
def test_what_no_area_code_makes_whole_is_held(tmp_path: Path, region: str, content: str, code: str) -> None:
    """A local number without its area is nobody's to dial, and the row says why."""
    assert verdicts(saved(tmp_path, content), region)[0] == (None, code)
