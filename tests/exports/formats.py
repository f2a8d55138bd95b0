"""The columns of ten exporting systems, and how each writes a person's row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.exports.people import COUNTRIES, SURE, Crowd, Person

REFUSALS = {
    "dnd": (
        ["", "", "", "Email", "SMS", "false"],
        ["All", "Call", "Call, SMS", "true", "Calls & Voicemails"],
    ),
    "flag": (["0", "0", "", "false", "No", "FALSE"], ["1", "true", "Yes", "TRUE", "2026-05-01", "maybe"]),
    "consent": (["yes", "true", "1", "granted"], ["no", "false", "0", "withdrawn", "", "Email"]),
    "tags": (["vip", "", "lead, 2026", "customer"], ["dnc", "vip, Do Not Call", "do-not-call", "Opted out"]),
    "status": (["NEW", "SALE", "CALLBK", ""], ["DNC", "DNCL"]),
}
"""By kind of column: what allows calls, and what forbids them or leaves it in doubt."""


@dataclass(slots=True)
class Table:
    """A header, rows of cells, and who each row is."""

    region: str
    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    people: list[Person | None] = field(default_factory=list)


class Writer:
    """Fills a table with people, row by row."""

    def __init__(self, dice: Random, region: str) -> None:
        self.dice = dice
        self.crowd = Crowd(dice)
        self.region = region

    def person(self, *, abroad: bool = False) -> tuple[Person, str]:
        """Return somebody of the file's country, or with their country told any, and their number's cell."""
        region = self.dice.choice(list(COUNTRIES)) if abroad else self.region
        number = self.crowd.number(region)
        form = self.crowd.form()
        person = Person(number, must=form in SURE, right={number.e164})
        return person, number.spelt(form)

    def says(self, kind: str, person: Person) -> str:
        """Return a cell about consent and note what it means for the person."""
        allows, forbids = REFUSALS[kind]
        if self.dice.random() < 0.85:
            return self.dice.choice(allows)
        person.may_call = person.must = False
        return self.dice.choice(forbids)

    def spare(self, person: Person, cell: str) -> tuple[str, str]:
        """Return the cells of two number columns, of which the first is empty now and then."""
        if self.dice.random() < 0.3:
            return "", cell
        if self.dice.random() < 0.3:
            other = self.crowd.number(person.number.region)
            person.right.add(other.e164)
            return cell, other.spelt("e164")
        return cell, ""

    def country(self, person: Person) -> str:
        """Return the name of a person's country."""
        return self.dice.choice(COUNTRIES[person.number.region][3])

    def some(self) -> int:
        """Return how many rows a file has."""
        return self.dice.randrange(3, 9)


def hubspot(it: Writer) -> Table:
    """HubSpot's export of contacts."""
    table = Table(
        it.region,
        [
            *("Record ID", "First Name", "Phone Number", "Mobile Phone Number", "Email"),
            *("Country/Region", "Unsubscribed from all email", "Lead Status"),
        ],
    )
    for _ in range(it.some()):
        person, cell = it.person(abroad=True)
        phone, mobile = it.spare(person, cell)
        record, mail = str(it.dice.randrange(10**9, 10**10)), "a@x.example"
        unsubscribed = it.dice.choice(["true", "false", ""])
        row = [record, it.crowd.name(), phone, mobile, mail, it.country(person), unsubscribed]
        table.rows.append([*row, it.says("status", person)])
        table.people.append(person)
    return table


def salesforce(it: Writer) -> Table:
    """Salesforce's report of leads."""
    table = Table(
        it.region, ["First Name", "Account Name", "Phone", "Mobile", "Do Not Call", "Email Opt Out"]
    )
    for _ in range(it.some()):
        person, cell = it.person()
        phone, mobile = it.spare(person, cell)
        row = [it.crowd.name(), "Acme, Inc.", phone, mobile, it.says("flag", person), it.dice.choice("01")]
        table.rows.append(row)
        table.people.append(person)
    return table


def google(it: Writer) -> Table:
    """Google's export of contacts, with several numbers of a kind in one cell."""
    table = Table(
        it.region,
        [
            *("First Name", "Last Name", "Labels", "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value"),
            *("Phone 2 - Label", "Phone 2 - Value"),
        ],
    )
    for _ in range(it.some()):
        person, cell = it.person()
        one, two = it.spare(person, cell)
        if one == cell and one[:1] in "+0(" and it.dice.random() < 0.3:
            one = f"{one} ::: {it.crowd.number(it.region).e164}"
        labels = it.says("tags", person)
        table.rows.append([it.crowd.name(), "", labels, "a@x.example", "Mobile", one, "Work", two])
        table.people.append(person)
    return table


def outlook(it: Writer) -> Table:
    """Outlook's export: no column of it is called phone alone, and fax and assistant are nobody to call."""
    table = Table(
        it.region,
        [
            *("First Name", "Company", "Business Fax", "Assistant's Phone", "Business Phone", "Home Phone"),
            *("Business Country/Region", "Notes", "Categories"),
        ],
    )
    for _ in range(it.some()):
        person, cell = it.person(abroad=True)
        business, home = it.spare(person, cell)
        fax, helper = (it.crowd.number(it.region).spelt("national") for _ in range(2))
        notes = it.dice.choice(["", "met in Perth", "likes tea"])
        row = [it.crowd.name(), "Acme", fax, helper, business, home, it.country(person), notes]
        table.rows.append([*row, it.says("tags", person)])
        table.people.append(person)
    return table


def gohighlevel(it: Writer) -> Table:
    """GoHighLevel's export with its Do Not Disturb."""
    table = Table(it.region, ["Contact Id", "First Name", "Phone", "Email", "Created", "Tags", "DND"])
    for _ in range(it.some()):
        person, cell = it.person()
        tags, dnd = it.says("tags", person), it.says("dnd", person)
        table.rows.append(["Xk1fGh", it.crowd.name(), cell, "", "2026-05-01T10:00:00Z", tags, dnd])
        table.people.append(person)
    return table


def vicidial(it: Writer) -> Table:
    """VICIdial's list: the dial code in a column of its own, and numbers without their zero."""
    table = Table(
        it.region,
        ["vendor_lead_code", "list_id", "phone_code", "phone_number", "first_name", "country_code", "status"],
    )
    for _ in range(it.some()):
        number = it.crowd.number(it.dice.choice(list(COUNTRIES)))
        dial, _, _, names = COUNTRIES[number.region]
        person = Person(number, must=True, right={number.e164})
        code = it.dice.choice([dial] * 8 + ["", "999", "7"])
        person.must = code == dial
        status = it.says("status", person)
        lead = str(it.dice.randrange(10**8, 10**9))
        table.rows.append([lead, "101", code, number.national, it.crowd.name(), names[1], status])
        table.people.append(person)
    return table


def meta(it: Writer) -> Table:
    """Meta's file of leads with its prefixes."""
    table = Table(it.region, ["id", "created_time", "ad_id", "full_name", "phone_number", "is_organic"])
    for _ in range(it.some()):
        number = it.crowd.number(it.region)
        cell = number.spelt(it.dice.choice(["e164", "e164", "national"]))
        lead, ad = f"l:{it.dice.randrange(10**14, 10**15)}", f"ag:{it.dice.randrange(10**14, 10**15)}"
        table.rows.append([lead, "2026-05-01T10:00:00+10:00", ad, it.crowd.name(), f"p:{cell}", "false"])
        table.people.append(Person(number, must=True, right={number.e164}))
    return table


def shopify(it: Writer) -> Table:
    """Shopify's customers: the country as two letters, and consent to e-mail and SMS but not to calls."""
    table = Table(
        it.region,
        [
            *("Customer ID", "First Name", "Accepts Email Marketing", "Default Address Company"),
            *(
                "Default Address Country Code",
                "Default Address Phone",
                "Phone",
                "Accepts SMS Marketing",
                "Tags",
            ),
        ],
    )
    for _ in range(it.some()):
        person, cell = it.person(abroad=True)
        phone, address = it.spare(person, cell)
        code = COUNTRIES[person.number.region][3][1]
        record, yes = f"'{it.dice.randrange(10**12, 10**13)}", it.dice.choice(["yes", "no"])
        row = [record, it.crowd.name(), yes, "", code, address, phone, it.dice.choice(["yes", "no"])]
        table.rows.append([*row, it.says("tags", person)])
        table.people.append(person)
    return table


def prestashop(it: Writer) -> Table:
    """PrestaShop's customers: a fixed line and a mobile, and two columns about its own e-mails."""
    table = Table(it.region, ["id_customer", "firstname", "phone", "phone_mobile", "newsletter", "optin"])
    for _ in range(it.some()):
        person, cell = it.person()
        phone, mobile = it.spare(person, cell)
        row = [str(it.dice.randrange(1, 999)), it.crowd.name(), phone, mobile]
        table.rows.append([*row, it.dice.choice("01"), it.dice.choice("01")])
        table.people.append(person)
    return table


def woocommerce(it: Writer) -> Table:
    """WooCommerce's orders: the billing country goes with the billing phone."""
    table = Table(
        it.region,
        [
            *("Order Number", "Order Date", "Billing First Name", "Billing Country", "Billing Phone"),
            *("Shipping Country", "Phone consent"),
        ],
    )
    for _ in range(it.some()):
        person, cell = it.person(abroad=True)
        shipped = it.dice.choice(list(COUNTRIES))
        row = [str(it.dice.randrange(10**8, 10**9)), "2026-05-01 10:00", it.crowd.name()]
        row += [COUNTRIES[person.number.region][3][1], cell, shipped, it.says("consent", person)]
        table.rows.append(row)
        table.people.append(person)
    return table


def lying(it: Writer) -> Table:
    """Return a dialler's file in which Number is the record's and the numbers stand under Contact."""
    table = Table(it.region, ["Number", "Contact", "Name", "Opted out at"])
    first = it.dice.randrange(200_000_000, 480_000_000)
    for at in range(it.some()):
        number = it.crowd.number(it.region)
        person = Person(number, must=True, right={number.e164})
        stamp = it.dice.choice(["", "", "", "2026-05-01 10:00:00", "20260501"])
        person.may_call = person.must = not stamp
        form = it.dice.choice(["e164", "spaced", "apostrophe"])
        table.rows.append([str(first + at), number.spelt(form), it.crowd.name(), stamp])
        table.people.append(person)
    return table


FORMATS: dict[str, Callable[[Writer], Table]] = {
    made.__name__: made
    for made in (
        *(hubspot, salesforce, google, outlook, gohighlevel, vicidial),
        *(meta, shopify, prestashop, woocommerce, lying),
    )
}
