"""Checks a large contact file with ringback and with a straightforward csv + phonenumbers script.

Run it as `python -m tests.bench.bench_contacts`. Every measurement is a process of its own, the two scripts
take turns, and the table shows medians. The straightforward script reads a sample, the file's first rows.
"""

import argparse
import csv
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.child import peak_mb
from tests.bench.rows import Goal, Row, growth, in_turn

SIZES = (1000, 10_000, 100_000, 300_000, 1_000_000)
SAMPLE = 30_000
"""Rows of the file that the rival reads at the most."""
LARGE = 300_000
"""Rows from which on a file is held to the goal: what is compiled for each process no longer counts."""
REGION = "AU"
SEED = 20261124


def measure(rounds: int, sizes: Sequence[int] = SIZES) -> list[Row]:
    """Return the check of a contact file beside csv and phonenumbers, and how it grows with the file."""
    rows = [_row(rounds, size) for size in sizes]
    costs = [size / statistics.median(row.ours) for size, row in zip(sizes, rows, strict=True)]
    loads = [load for row in rows for load in row.load]
    return [*rows, *growth("growth of a contact file's check with its rows", sizes, costs, loads)]


def _row(rounds: int, size: int) -> Row:
    options = argparse.Namespace(rows=size, sample=SAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        child("generate", path, options)
        found, load = in_turn(
            rounds, ours=lambda: child("ours", path, options), plain=lambda: child("plain", path, options)
        )
    ours, rival = ([one["cpu"] for one in found[name]] for name in ("ours", "plain"))
    beside = {"our peak MB": statistics.median(one["peak"] for one in found["ours"])}
    goal = Goal("ratio", "at least", 10) if size >= LARGE else None
    name = f"check of a contact file of {size:,} rows"
    return Row(name, "rows a CPU s", ours, "csv + phonenumbers", rival, goal, load, beside)


def main() -> None:
    """Generate the file, measure both scripts in turn, print the table."""
    options = _options()
    if options.child:
        print(json.dumps(_measured(options.child, options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        child("generate", path, options)
        runs: dict[str, list[dict[str, Any]]] = {"ours": [], "plain": []}
        for _ in range(options.rounds):
            for name, found in runs.items():
                found.append(child(name, path, options))
        _print_table(runs, path.stat().st_size)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", choices=["generate", "ours", "plain"], help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def child(name: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run one measurement in a fresh process."""
    size = ["--rows", str(options.rows), "--sample", str(options.sample)]
    command = [
        sys.executable,
        "-m",
        "tests.bench.bench_contacts",
        "--child",
        name,
        "--path",
        str(path),
        *size,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    if name == "generate":
        generate(options.path, options.rows)
        return {}
    run = _ours if name == "ours" else _plain
    return _timed(run(options.path, options.sample))


def _timed(run: Callable[[], tuple[int, int]]) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    rows, ok = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"rows": rows, "ok": ok, "wall": rows / wall, "cpu": rows / cpu, "peak": peak_mb()}


def _ours(path: Path, _: int) -> Callable[[], tuple[int, int]]:
    from tasks.contact_files.file import check_file

    def run() -> tuple[int, int]:
        report = check_file(path, region=REGION)
        return report.rows, report.ok

    return run


def _plain(path: Path, sample: int) -> Callable[[], tuple[int, int]]:
    """Return the script that anybody would write first: validity, class, E.164 and duplicates of each row."""
    import phonenumbers

    def run() -> tuple[int, int]:
        rows = 0
        seen: dict[str, int] = {}
        with path.open(newline="", encoding="utf-8-sig") as file:
            for rows, row in enumerate(csv.DictReader(file), 1):
                try:
                    number = phonenumbers.parse(row["phone_number"], REGION)
                except phonenumbers.NumberParseException:
                    number = None
                if number is not None and phonenumbers.is_valid_number(number):
                    kind = phonenumbers.number_type(number)
                    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                    if kind != phonenumbers.PhoneNumberType.PREMIUM_RATE:
                        seen.setdefault(e164, rows)
                if rows >= sample:
                    break
        return rows, len(seen)

    return run


def generate(path: Path, rows: int) -> None:
    """Write a contact file with the faults that spreadsheets and people leave in one."""
    dice = random.Random(SEED)
    names = ["Ana", "Björn", "Chloé", "Dan", "Eve", "Fay", "Gus"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["first_name", "phone_number", "account", "note"])
        for row in range(1, rows + 1):
            note = "renewal due,\nplease call" if dice.random() < 0.0002 else "renewal due, please call"
            writer.writerow([dice.choice(names), _cell(dice), f"AC{row:07d}", note])


def _cell(dice: random.Random) -> str:
    """Return a number cell: 19 in 20 are clean, as E.164 or as Australians write them, the others are not."""
    mobile = f"4{dice.choice('0123')}{dice.randrange(10**7):07d}"
    bare = mobile if dice.random() < 0.8 else f"{dice.choice(['29', '39', '73', '86'])}{mobile[2:]}"
    if dice.random() < 0.05:
        return _faulty(dice, bare, mobile)
    spaced = (
        f"0{bare[:3]} {bare[3:6]} {bare[6:]}" if bare == mobile else f"(0{bare[0]}) {bare[1:5]} {bare[5:]}"
    )
    abroad = dice.choice(["+447400{0}", "+1212555{1}", "+6421{0}", "+33612{0}"])
    shapes = {
        f"+61{bare}": 62,
        f"0{bare}": 14,
        spaced: 16,
        f"+61 {bare[:3]} {bare[3:6]} {bare[6:]}": 4,
        abroad.format(mobile[-6:], mobile[-4:]): 4,
    }
    return dice.choices(list(shapes), weights=list(shapes.values()))[0]


def _faulty(dice: random.Random, bare: str, mobile: str) -> str:
    shapes = {
        bare: 30,
        f"61{bare}": 15,
        f"0{bare[:-1]}": 10,
        f"{float(bare):.2E}": 5,
        f"0{bare}.0": 6,
        f"\u202a0{bare}\u202c": 6,
        f"0{bare}; 0{mobile}": 5,
        f"0{bare} ext 12": 3,
        "+61491570156": 3,
        "": 8,
        "n/a": 4,
        "1300 FLOWER": 2,
        "000": 1,
        "13 11 14": 2,
    }
    return dice.choices(list(shapes), weights=list(shapes.values()))[0]


def _print_table(runs: dict[str, list[dict[str, Any]]], size: int) -> None:
    print(f"file: {size / 2**20:.0f} MB, {runs['ours'][0]['rows']:,} rows; rounds: {len(runs['ours'])}")
    print(f"{'':26}{'rows':>11}{'ok':>11}{'rows/s':>11}{'rows/cpu s':>12}{'peak MB':>9}")
    middle = {}
    for name, label in (("ours", "ringback"), ("plain", "csv + phonenumbers")):
        found = runs[name]
        middle[name] = {key: statistics.median(run[key] for run in found) for key in found[0]}
        row = middle[name]
        print(
            f"{label:26}{row['rows']:>11,.0f}{row['ok']:>11,.0f}{row['wall']:>11,.0f}"
            f"{row['cpu']:>12,.0f}{row['peak']:>9.0f}"
        )
    ours, plain = middle["ours"], middle["plain"]
    print(f"{'ratio':48}{ours['wall'] / plain['wall']:>10.1f}x{ours['cpu'] / plain['cpu']:>11.1f}x")


if __name__ == "__main__":
    main()
