"""What a contact file tells beside its numbers is heard: countries, opt-outs, titles, other columns.

The files D01 to D57 are cases told in public, rebuilt with made-up people; each has cousins of its kind.
"""

from pathlib import Path

import pytest

from tasks.contact_files.file import check_file, iter_checked

ANN, BOB, CY = "+61412345678", "+61412345679", "+61412345680"


def saved(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    """Write a contact file and return its path."""
    path = folder / "contacts.csv"
    path.write_bytes(content.encode(encoding))
    return path


def verdicts(path: Path, region: str | None = "AU") -> list[tuple[str | None, str]]:
    """Return each row's number and its first code."""
    found = iter_checked(path, region=region)
    return [(row.e164, row.problems[0].code if row.problems else "") for row in found]


@pytest.mark.parametrize(
    ("content", "region", "rows"),
    [
        pytest.param(
            "vendor_lead_code,phone_code,phone_number,first_name\n1,44,2079460000,Ann\n2,1,2125550123,Bob\n"
            "3,61,412345678,Cy\n",
            "US",
            [("+442079460000", ""), ("+12125550123", ""), (ANN, "")],
            id="D01",
        ),
        pytest.param("country,phone\nGB,07400 123456\n", "AU", [("+447400123456", "")], id="letters"),
        pytest.param(
            "Phone,Country/Region\n07400123456,United Kingdom\n0412345678,\n",
            "AU",
            [("+447400123456", ""), (None, "country_missing")],
            id="an empty cell among foreign ones",
        ),
        pytest.param("Phone,Country\n0412345678,\n", "AU", [(ANN, "")], id="an empty column"),
        pytest.param("Phone,Country\n0412345678,Atlantis\n", "AU", [(None, "country_unknown")], id="unknown"),
        pytest.param(
            f"dial code,phone\n+44,{ANN}\n999,0412345678\n61,0412345679\n",
            "AU",
            [(None, "country_contradicts"), (None, "country_unknown"), (BOB, "")],
            id="a dial code that contradicts the number",
        ),
        pytest.param(
            "phone_code,country,phone\n44,US,2125550123\n", "US", [(None, "country_contradicts")], id="two"
        ),
        pytest.param(
            "Billing Country,Billing Phone,Shipping Country\nGB,07400123456,AU\n",
            "AU",
            [("+447400123456", "")],
            id="the country of the same address",
        ),
        pytest.param("cc,phone\n44,7400123456\n", "AU", [("+447400123456", "")], id="a short name beside"),
        pytest.param(
            "Land;Telefon\nDeutschland;0151 20001234\n", "AU", [("+4915120001234", "")], id="German"
        ),
        pytest.param("id_country,phone\n8,0412345678\n", "AU", [(ANN, "")], id="an id is no dial code"),
    ],
)
def test_a_country_beside_the_number_is_used(
    tmp_path: Path, content: str, region: str, rows: list[tuple[str | None, str]]
) -> None:
    """A national number is read in the country of its row, or held; never in the file's own by default."""
    assert verdicts(saved(tmp_path, content), region) == rows


@pytest.mark.parametrize(
    ("header", "cell", "code"),
    [
        *(
            ("DND", cell, "opted_out")
            for cell in ("All", "Call", "Call, SMS", "true", "yes", "1", "DND", "x")
        ),
        *(("DND", cell, "") for cell in ("", "Email", "SMS", "Email, SMS", "false", "no", "0", "0.0", "-")),
        *(("DND", cell, "opt_out_unclear") for cell in ("maybe", "7", "after 5")),
        *(("Do Not Call", cell, "opted_out") for cell in ("TRUE", "1.0", "2026-05-01", "5/1/26 10:00", "Y")),
        *(("Opted out at", cell, "opted_out") for cell in ("20260501", "1777600000", "1 May 2026", "46143")),
        *(("Unsubscribed", cell, "opted_out") for cell in ("yes", "2026-05-01T10:00:00Z", "✓")),
        *(("DNC", cell, "") for cell in ("0000-00-00 00:00:00", "clean", "not listed")),
        *(("Call consent", cell, "opted_out") for cell in ("no", "false", "withdrawn", "0")),
        *(("Call consent", cell, "") for cell in ("yes", "true", "2026-05-01", "Email, Phone")),
        *(("Call consent", cell, "opt_out_unclear") for cell in ("Email", "perhaps")),
        ("Call consent", "", "consent_missing"),
        *(("Email Opt Out", cell, "") for cell in ("1", "true", "0")),
        *(("Unsubscribed from all email", cell, "") for cell in ("true", "")),
        *(("Status", cell, "opted_out") for cell in ("DNC", "Do Not Call", "dncl")),
        *(("Tags", cell, "opted_out") for cell in ("vip; do-not-call", "DoNotContact", "opted out")),
        ("Notes", "please don't call him", "opt_out_unclear"),
        *(("Notes", cell, "") for cell in ("call in the morning", "an option", "")),
    ],
)
def test_an_opt_out_in_the_file_is_honoured(tmp_path: Path, header: str, cell: str, code: str) -> None:
    """What says no calls is held by a code of its own, what is unclear too, what is of mail alone is not."""
    other = "yes" if "consent" in header else ""
    content = f'phone,{header},x\n{ANN},"{cell}",x\n{BOB},{other},x\n'
    first, second = verdicts(saved(tmp_path, content))
    assert first == ((None, code) if code else (ANN, ""))
    assert second == (BOB, "")


def test_the_export_of_a_crm_that_told_of_it(tmp_path: Path) -> None:
    """D02: rows whose DND says All or Call are named, and the sentence names the column."""
    path = saved(
        tmp_path,
        f"Contact Id,First Name,Phone,Email,DND\nabc1,Ann,{ANN},a@x.example,\n"
        f"abc2,Bob,{BOB},b@x.example,All\n"
        f'abc3,Cy,{CY},c@x.example,"Call, SMS"\n',
    )
    report = check_file(path, region="AU")
    assert [(one.row, one.code, one.repaired) for one in report.problems] == [
        (2, "opted_out", False),
        (3, "opted_out", False),
    ]
    assert "'DND'" in report.problems[0].message
    assert report.headline == "2 of 3 rows are NOT dialled (2 opted_out); 1 may be."


def test_who_refuses_in_one_row_is_called_in_none(tmp_path: Path) -> None:
    """The same number without the word, before or after, in another spelling or column, is held as well."""
    path = saved(
        tmp_path,
        f"phone,mobile,DND\n0412 345 678,,\n,{BOB},\n{ANN},{BOB},All\n61412345678,,\n{CY},,\n",
    )
    assert [number for number, _ in verdicts(path)] == [None, None, None, None, CY]
    assert verdicts(path)[0][1] == "opted_out"


def test_a_consent_column_that_nobody_filled_says_nothing(tmp_path: Path) -> None:
    """An empty column holds nobody and is named."""
    path = saved(tmp_path, f"phone,Consent\n{ANN},\n{BOB},\n")
    report = check_file(path, region="AU")
    assert (report.ok, [note.code for note in report.notes]) == (2, ["consent_unused"])


TITLE = '"Call list"\n"Reporting Period:",2026-05-01 to 2026-05-31\n"Filtered By: Status equals Open"\n\n'


@pytest.mark.parametrize(
    ("content", "rows", "lines"),
    [
        pytest.param(
            f'{TITLE}"First Name","Phone","City"\n"Ann","{ANN}","Perth"\n"Bob","0412345679","Perth"\n\n'
            '"Totals:",2,\n',
            [(ANN, ""), (BOB, ""), (None, "empty_row"), (None, "total_line")],
            "Lines 1 to 3",
            id="D03",
        ),
        pytest.param(
            f"Leads\nName;Phone\nAnn;{ANN}\n", [(ANN, "")], "Line 1 ", id="semicolons below a title"
        ),
        pytest.param(
            f"Report\nFrom:,2026-05-01\nTo:,2026-05-31\nid,phone\n298765432,{ANN}\n",
            [(ANN, "")],
            "Lines 1 to 3",
            id="To: is no header",
        ),
        pytest.param(
            f"Support:,+61 2 9123 4567\nas of May\nName,Phone\nAnn,{ANN}\nBob,{BOB}\n",
            [(ANN, ""), (BOB, "")],
            "Lines 1 to 2",
            id="a number in the title",
        ),
        pytest.param(f"Kunden\n\nWer,Kontakt,x\nAnn,{ANN},y\n", [(ANN, "")], "Line 1 ", id="unknown names"),
        pytest.param(
            f"Ann,{ANN}\nname,phone\nBob,{BOB}\n",
            [(ANN, ""), (None, "header_again"), (BOB, "")],
            "no header",
            id="a contact above the header is no title",
        ),
    ],
)
def test_titles_before_the_header_are_found(
    tmp_path: Path, content: str, rows: list[tuple[str | None, str]], lines: str
) -> None:
    """The table below a title is read, the title is noted, and no contact is taken for one."""
    path = saved(tmp_path, content)
    assert verdicts(path) == rows
    assert any(lines in note.message for note in check_file(path, region="AU").notes)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Grand Total,4,", "total_line"),
        ("Total,824691357,", "total_line"),
        ("3 records,,", "total_line"),
        (f"Total,{BOB},Perth", ""),
        ("Totally,n/a,", "spreadsheet_error"),
    ],
)
def test_totals_are_no_contacts_and_people_called_total_are(tmp_path: Path, row: str, code: str) -> None:
    """A sum of phone numbers may look like one: it is never dialled."""
    assert verdicts(saved(tmp_path, f"name,phone,city\nAnn,{ANN},Perth\n{row}\n"))[1][1] == code


@pytest.mark.parametrize(
    ("content", "numbers", "note"),
    [
        pytest.param(
            "First Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
            "Ann,Mobile,+61 412 345 678 ::: +61 2 9123 4567,,\nBob,Mobile,0412 345 679,Work,02 9123 4568\n",
            [ANN, BOB],
            "'Phone 2 - Value'",
            id="D04",
        ),
        pytest.param(
            "First Name,Company,Business Phone,E-mail Address\nAnn,Acme,(02) 9123 4567,a@x.example\n",
            ["+61291234567"],
            "",
            id="D05",
        ),
        pytest.param(
            "Record ID,First Name,Phone Number,Mobile Phone Number\n101,Ann,0412345678,\n"
            "102,Bob,,0412345679\n",
            [ANN, BOB],
            "'Mobile Phone Number'",
            id="D06",
        ),
        pytest.param(
            "id_customer,firstname,phone,phone_mobile\n1,Ann,,0412345678\n2,Bob,0291234567,0412345679\n",
            [ANN, "+61291234567"],
            "'phone_mobile'",
            id="D07",
        ),
        pytest.param(
            f"name,mobile,mobile\nAnn,,{ANN}\nBob,{BOB},{CY}\n", [ANN, BOB], "'mobile' may hold", id="D57"
        ),
        pytest.param(
            f"phone,Home Phone\n12345,{ANN}\nask Kim,{BOB}\n000,{CY}\n",
            [ANN, BOB, CY],
            "'Home Phone'",
            id="an unusable first number",
        ),
        pytest.param(
            f"Business Fax,Assistant's Phone,Home Phone 2\n0291234567,0291234568,{ANN}\n",
            [ANN],
            "",
            id="fax and assistant are nobody to call",
        ),
        pytest.param(
            "phone,Company Main Phone\n,0291234567\n0412345678,\n",
            [None, ANN],
            "'Company Main Phone'",
            id="a company is named",
        ),
        pytest.param(
            f"Number,Contact\n298765432,{ANN}\n298765433,{BOB}\n", [ANN, BOB], "'Number' holds no", id="ids"
        ),
        pytest.param(
            f"Phone,Contact\nMobile,{ANN}\nHome,{BOB}\n", [ANN, BOB], "'Phone' holds no", id="a kind of phone"
        ),
        pytest.param(
            f"Number,Phone,Name\n298765432,,Ann\n298765433,{BOB},Bob\n", [None, BOB], "'Number'", id="no help"
        ),
    ],
)
def test_the_number_is_found_in_the_row(
    tmp_path: Path, content: str, numbers: list[str | None], note: str
) -> None:
    """By its name where the cells bear it out, by the cells else; another column helps out and is named."""
    path = saved(tmp_path, content)
    assert [number for number, _ in verdicts(path)] == numbers
    assert note in " ".join(one.message for one in check_file(path, region="AU").notes)


def test_a_second_number_is_not_tried_for_a_duplicate(tmp_path: Path) -> None:
    """Who is in the file already is not called once more on another line."""
    path = saved(tmp_path, f"phone,mobile\n{ANN},\n{ANN},{BOB}\n")
    assert verdicts(path) == [(ANN, ""), (None, "duplicate")]


@pytest.mark.parametrize(
    "cell",
    [
        *("p:+61412345678", "p:0412345678", "whatsapp:+61412345678", "tel:+61-412-345-678"),
        *("61412345678@s.whatsapp.net", "61412345678@c.us", "61412345678:3@s.whatsapp.net"),
        *("https://wa.me/61412345678", "P:+61 412 345 678", "+61412345678 ::: +61412345679"),
    ],
)
def test_what_exports_put_around_a_number_is_taken_off(tmp_path: Path, cell: str) -> None:
    """D08 and its cousins: a prefix or an account's name is no reason to lose somebody."""
    assert verdicts(saved(tmp_path, f"name\tphone\nAnn\t{cell}\n", "utf-16"))[0][0] == ANN


@pytest.mark.parametrize("cell", ["2026-05-01", "01/05/2026", "1.5.2026 10:00", "612345678-123@g.us"])
def test_dates_and_groups_are_no_numbers(tmp_path: Path, cell: str) -> None:
    """A date has the digits of a number and is none; a group chat is nobody."""
    assert verdicts(saved(tmp_path, f"name,phone\nAnn,{cell}\n"))[0][0] is None


@pytest.mark.parametrize(
    ("content", "region", "numbers"),
    [
        pytest.param(f'\ufeff"""phone""","""name"""\n"""{ANN}""","""Ann"""\n', "AU", [ANN], id="D50"),
        pytest.param("MSISDN\n61412345678\n61412345679\n", "AU", [ANN, BOB], id="D51"),
        pytest.param(
            "name,phone\nAnn,2.125550123E9\nBob,4.47900E+11\n", "US", ["+12125550123", None], id="D52"
        ),
        pytest.param(
            f'name,phone\nAnn," {ANN}"\nBob,\'{BOB}\nCy,"=""{CY}"""\n', "AU", [ANN, BOB, CY], id="D53"
        ),
        pytest.param("name,phone\nAnn,447911123456\n", "GB", ["+447911123456"], id="D54"),
        pytest.param("name,phone\nAnn,51096468\n", "KW", ["+96551096468"], id="D55"),
        pytest.param(
            "name,phone\nAnn,+225 0707080910\nBob,+225 07 08 09 10\n",
            "CI",
            ["+2250707080910", None],
            id="D56",
        ),
    ],
)
def test_what_was_read_right_before_stays_so(
    tmp_path: Path, content: str, region: str, numbers: list[str | None]
) -> None:
    """The controls among the public cases."""
    assert [number for number, _ in verdicts(saved(tmp_path, content), region)] == numbers
