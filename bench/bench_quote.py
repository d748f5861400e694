"""How fast `tco prices quote` prices a file, and what it holds, beside reading the file alone.

Run with ``python bench/bench_quote.py [ROWS]``. The command runs in a process of its own, so that
its memory is its own; it is to hold 500 MB at most. Times are of one core.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 1_000_000
MOST_MB = 500
HEADER = "id,provider,model,as_of,tier,input_tokens,cached_tokens,output_tokens\n"


def write_requests(path: Path, rows: int) -> None:
    """Write requests of two tiers and two weeks, one in 200 of them long."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(rows):
            sent = n * 7_919 % 4_000 + (272_000 if n % 200 == 0 else 1)
            tier = "batch" if n % 10 == 0 else "standard"
            day = 1 + n % 14
            file.write(
                f"r{n},openai,gpt-5.4,2026-11-{day:02},{tier},{sent},{sent // 2},{n % 800}\n"
            )


def read_alone(path: Path) -> float:
    """CPU time of reading every row [s]."""
    start = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.process_time() - start


def quoted(path: Path, *options: str) -> tuple[float, float]:
    """CPU time [s] and most memory [MB] of the command."""
    program = "import sys; from tco.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "prices", "quote", str(path), *options]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(running.pid, 0)
    if status:
        raise SystemExit(f"the command ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.csv"
        write_requests(path, rows)
        alone = read_alone(path)
        measured = {"a table": quoted(path), "every row as JSON": quoted(path, "--json")}
    print(f"rows                                         {rows:>12,}")
    print(f"reading them alone                           {alone:12.2f} s")
    for kind, (took, held) in measured.items():
        print(f"quoted, {kind:<37}{took:12.2f} s")
        print(f"  ratio to reading alone                     {took / alone:12.1f}")
        print(f"  most memory, {MOST_MB} at most                   {held:12.0f} MB")
    if any(held > MOST_MB for _, held in measured.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
