"""A log of a hundred million rows: stopped while it is added up, billed again, exact.

Run with ``python bench/bench_usage_large.py [MILLION_ROWS]``. The log is made first, of about
1.2 GB in a folder of its own. The command runs in processes of its own, so that its memory is its
own; it is to hold 2 GB at most. The bill is held against one added up apart.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from bench_usage import truth, write_log

MILLIONS = 100
MOST_MB = 2_000
STOPPED_AFTER_S = 2.0
STOPPED = 6
"""How a command ends that was stopped and can be run again."""
BILL = "from tco.begin import begin; begin()"


def started(path: Path, spill: Path, out: Path) -> int:
    """Process of `tco usage bill` of a log, which writes its answer to a file."""
    with out.open("wb") as answer:
        return subprocess.Popen(
            [sys.executable, "-c", BILL, "usage", "bill", str(path), "--json"],
            stdout=answer,
            env={**os.environ, "TMPDIR": str(spill)},
        ).pid


def ended(process: int) -> tuple[int, float, float]:
    """Exit code, CPU time [s] and most memory [MB] of a process that is waited for."""
    _, status, usage = os.wait4(process, 0)
    return (
        os.waitstatus_to_exitcode(status),
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
    )


def main() -> None:
    """Measure and print."""
    rows = int(float(sys.argv[1] if len(sys.argv) > 1 else MILLIONS) * 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path, spill, out = (Path(folder) / name for name in ("log.parquet", "spill", "bill.json"))
        spill.mkdir()
        write_log(path, rows)
        stopped = started(path, spill, out)
        while not any(spill.iterdir()):
            time.sleep(0.01)
        time.sleep(STOPPED_AFTER_S)
        os.kill(stopped, signal.SIGINT)
        code, _, _ = ended(stopped)
        left = [*spill.iterdir()] or out.read_bytes()
        again, took, held = ended(started(path, spill, out))
        bill = json.loads(out.read_bytes())["total"] if again == 0 else {}
        right = truth(path, rows)
    exact = bill.get("rows") == rows and all(
        Fraction(bill[end]) == right for end in ("lower_usd", "upper_usd")
    )
    print(f"rows                                         {rows:>12,}")
    print(f"stopped while it added up, exit code {STOPPED}       {code:>12}")
    print(f"did it leave or answer anything              {'YES' if left else 'no':>12}")
    print(f"run again: is the bill the one made apart    {'yes' if exact else 'NO':>12}")
    print(f"  time of one core                           {took:12.1f} s")
    print(f"  most memory, {MOST_MB:,} at most                 {held:12.0f} MB")
    if code != STOPPED or left or not exact or held > MOST_MB:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
