"""Numbers that nobody owns: +61 491 57x xxx in Australia, and 555-01xx in North America for large worlds."""

from random import Random

_AU_BLOCK = 10_000
_AU_MOST = 2_000
# North American area codes in service; 555-0100 to 555-0199 is set aside for fiction in each of them.
_RANGES = (
    (201, 210), (212, 220), (301, 310), (312, 321), (401, 410), (412, 419), (501, 510), (512, 520),
    (601, 610), (612, 620), (701, 709), (712, 720), (801, 810), (812, 821), (901, 910), (912, 920),
)  # fmt: skip
_AREAS = [area for first, last in _RANGES for area in range(first, last + 1)]
_PER_AREA = 100


def phones(count: int, rng: Random) -> list[str]:
    """Return distinct valid numbers in E.164; at most 15,200 of them."""
    if count <= _AU_MOST:
        return [f"+6149157{n:04d}" for n in rng.sample(range(_AU_BLOCK), count)]
    drawn = rng.sample(range(len(_AREAS) * _PER_AREA), count)
    return [f"+1{_AREAS[n // _PER_AREA]}55501{n % _PER_AREA:02d}" for n in drawn]


def respelled(phone: str, rng: Random) -> str:
    """Return another spelling of an Australian number that dials the same phone."""
    national = phone.removeprefix("+61")
    spellings = (
        f"+61 {national[:3]} {national[3:6]} {national[6:]}",
        f"0{national[:3]} {national[3:6]} {national[6:]}",
        f"+61-{national[:3]}-{national[3:6]}-{national[6:]}",
        f"61{national}",
    )
    return rng.choice(spellings) if phone.startswith("+61") else f"{phone[:2]} {phone[2:5]} {phone[5:]}"
