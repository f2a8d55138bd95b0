"""Lines that are written in two ways, because a plan changed or because two codes lead to one phone."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Renumbering:
    """Two spellings of the same lines, as digits without a +; `parts` are patterns of what both keep.

    `source` says who changed the numbers, and when. `lapsed` is True where the old spelling cannot be
    dialled any more and only a prefix was given up, so that the new one may be dialled in its place.
    """

    old: str
    new: str
    parts: dict[str, str] = field(hash=False)
    source: str
    lapsed: bool = False

    def renewed(self, digits: str) -> str | None:
        """Return the new spelling of a number in the old one, None where it is none."""
        return _rewritten(self._old, self.new, digits)

    def aged(self, digits: str) -> str | None:
        """Return the old spelling of a number in the new one, None where it never had one."""
        return _rewritten(self._new, self.old, digits)

    @cached_property
    def _old(self) -> re.Pattern[str]:
        return self._pattern(self.old)

    @cached_property
    def _new(self) -> re.Pattern[str]:
        return self._pattern(self.new)

    def _pattern(self, spelling: str) -> re.Pattern[str]:
        return re.compile(_NAMED.sub(lambda name: f"(?P<{name[1]}>{self.parts[name[1]]})", spelling))


def _rewritten(pattern: re.Pattern[str], spelling: str, digits: str) -> str | None:
    found = pattern.fullmatch(digits)
    return spelling.format(**found.groupdict()) if found else None


def _simple(old: str, new: str, line: str, source: str, *, lapsed: bool = False) -> Renumbering:
    return Renumbering(f"{old}{{line}}", f"{new}{{line}}", {"line": line}, source, lapsed)


_CI = "ARTCI, 31 January 2021: two digits of the operator before the old eight"
_GA = "ARCEP Gabon, 15 November 2019: the 0 gives way to 1, 6 or 7"
_MX = "IFT, 3 August 2019: national numbers have ten digits, 1 and 044/045/01 are gone"
_VN = "Ministry of Information and Communications, 15 September 2018: eleven digits become ten"
_XK = "ITU, 15 December 2016: Kosovo has the code 383 and leaves those it had borrowed"
_PS = "Palestinian mobile numbers are reached under 970 and under 972 alike"
_FR = "ITU-T E.164 assigned codes: the overseas parts of France have codes of their own beside +33"
_CL = "Subtel, 2012 and 2013: a 2 before fixed numbers"
_CM = "ART Cameroon, 21 November 2014: a 6 before mobile and a 2 before fixed numbers"

_VIETNAM: Final = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59",
}  # fmt: skip
_KOSOVO: Final = {"37744": "38344", "37745": "38345", "38643": "38343", "38649": "38349"}
_GABON: Final = {"1": "11", "2": "62", "4": "74", "5": "65", "6": "66", "7": "77"}
_OVERSEAS: Final = {
    "262": ("26[239]", "69[23]", "639"),
    "590": ("590", "69[01]"),
    "594": ("594", "694"),
    "596": ("596", "69[67]"),
}

RENUMBERINGS: Final = (
    _simple(
        "549", "54", r"[1-3]\d{9}", "phonenumbers, mobile token of Argentina: a 9 after the country code"
    ),
    *(_simple(f"52{gone}", "52", r"[2-9]\d{9}", _MX, lapsed=True) for gone in ("1", "01", "044", "045")),
    Renumbering(
        "55{area}{line}",
        "55{area}9{line}",
        {"area": r"[1-9]\d", "line": r"[6-9]\d{7}"},
        "Anatel, resolution 553 of 2010, done in November 2016: a ninth digit before mobile numbers",
    ),
    _simple("229", "22901", r"[2-9]\d{7}", "ARCEP Benin, 30 November 2024: 01 before the old eight digits"),
    _simple("225", "22501", r"(?:0[1-3]|[457][0-3])\d{6}", _CI),
    _simple("225", "22505", r"[04-9][4-6]\d{6}", _CI),
    _simple("225", "22507", r"[04-9][7-9]\d{6}", _CI),
    _simple("225", "22521", r"2[0-3]8\d{5}", _CI),
    _simple("225", "22525", r"(?:2[0-4]|3[0-6])0\d{5}", _CI),
    _simple("225", "22527", r"(?:2[0-3][1-79]|24[1-9]|3[0-6][1-9])\d{5}", _CI),
    *(_simple(f"241{z}{old}", f"241{new}", r"\d{6}", _GA) for old, new in _GABON.items() for z in ("", "0")),
    *(_simple(f"84{old}", f"84{new}", r"\d{7}", _VN) for old, new in _VIETNAM.items()),
    _simple(
        "230", "2305", r"(?:7\d|25|49)\d{5}", "ICTA Mauritius, 1 September 2013: a 5 before mobile numbers"
    ),
    _simple("562", "5622", r"\d{7}", _CL),
    Renumbering(
        "56{area}{line}",
        "56{area}2{line}",
        {"area": "3[2-5]|4[1-35]|5[1-358]|6[13-57]|7[1-35]", "line": r"\d{6}"},
        _CL,
    ),
    _simple(
        "57",
        "5760",
        r"[124-8]\d{7}",
        "CRC Colombia, resolution 5826, 1 September 2021: 60 before fixed numbers",
    ),
    _simple("593", "5939", r"[89]\d{7}", "Conatel Ecuador, 30 September 2012: a 9 before mobile numbers"),
    _simple("237", "2376", r"[579]\d{7}", _CM),
    _simple("237", "2372", r"[23]\d{7}", _CM),
    _simple(
        "39",
        "390",
        r"(?:1[0-5]|[267]\d|4[0-24-9]|5[0-46-9])\d{5,8}",
        "Italy, 19 June 1998: the zero belongs to fixed numbers from abroad too",
    ),
    _simple("390549", "3780549", r"\d{6}", "phonenumbers, San Marino: its lines answer under +39 0549 too"),
    *(_simple(old, new, r"\d{6}", _XK) for old, new in _KOSOVO.items()),
    _simple("381", "383", r"(?:2[89]|3[89])\d{5,6}", _XK),
    _simple("972", "970", r"5[69]\d{7}", _PS),
    *(_simple("33", c, rf"{start}\d{{6}}", _FR) for c, starts in _OVERSEAS.items() for start in starts),
)
"""What is known to be one line in two spellings; changes before 2012 are left out, but for Italy's zero."""
