"""A file's kind, encoding and delimiter are told from its first bytes and lines."""

import codecs

import pytest

from models.contacts.sheet.layout import delimiter_of, kind_of, marked_encoding, separator_of, unmarked_utf16
from models.contacts.sheet.names import is_number_name


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"PK\x03\x04rest", "xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "xls"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x7fELF\x02\x01\x01\x00", "a binary file"),
        (b"phone\n+61491570156\n", "text"),
        ("phone\n1\n".encode("utf-16"), "text"),
        ("phone\n1\n".encode("utf-16-le"), "text"),
        ("phone\n1\n".encode("utf-16-be"), "text"),
        ("name\nZoë\n".encode("cp1252"), "text"),
    ],
)
def test_kinds(head: bytes, kind: str) -> None:
    """What is no text is never read as contacts."""
    assert kind_of(head) == kind


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (b"phone", None),
    ],
)
def test_a_byte_order_mark_names_the_encoding(mark: bytes, encoding: str | None) -> None:
    """The mark is believed, the longer one first."""
    assert marked_encoding(mark + b"p\x00") == encoding


def test_utf16_is_known_without_its_mark() -> None:
    """Some exporters leave the mark out."""
    assert unmarked_utf16("phone,name\n".encode("utf-16-le")) == "utf-16-le"
    assert unmarked_utf16("phone,name\n".encode("utf-16-be")) == "utf-16-be"
    assert unmarked_utf16(b"phone,name\n") is None


@pytest.mark.parametrize(
    ("line", "separator"), [("sep=;\r\n", ";"), ("SEP=\t\n", "\t"), ("sep=;x\n", None), ("phone\n", None)]
)
def test_the_separator_line(line: str, separator: str | None) -> None:
    """Excel's own first line settles the delimiter."""
    assert separator_of(line) == separator


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("name,phone\n", ","),
        ("name;phone\n", ";"),
        ("name\tphone\n", "\t"),
        ("name|phone\n", "|"),
        ("phone\n", ","),
        ('"Last, first";phone;note\n', ";"),
        ("Name, Vorname, Titel;Telefon\n", ";"),
        ("a,b,c;d\n", ","),
        ("+61491570156;Ana\n", ";"),
    ],
)
def test_the_delimiter_is_the_one_that_sets_the_number_column_free(line: str, delimiter: str) -> None:
    """Commas inside names do not make a file a comma file."""
    assert delimiter_of(line, is_number_name) == delimiter
