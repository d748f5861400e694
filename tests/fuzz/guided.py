"""Damage that coverage guides: ``make test-guided`` looks for a way into every reader of text.

Random damage seldom gets past the first check of a parser. Here atheris (libFuzzer) keeps what
reaches code that nothing reached before, and damages that again. A reader may refuse, and nothing
else: another exception, a minute without an answer or a gigabyte of memory is a failure, and what
caused it is kept in ``test-artifacts``.

Atheris lives in an environment of its own, with the planner's packages on its path.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = Path("test-artifacts")
LIMITS = ("-rss_limit_mb=1024", "-timeout=60", f"-artifact_prefix={KEPT}/", "-verbosity=0")
MOST_BYTES = 40_000


def look(name, seconds):
    """Look for a failure of one reader; this process ends with libFuzzer's code."""
    import atheris

    with atheris.instrument_imports(include=["pricing", "hardware_profiles", "tco", "calibrate"]):
        from tests.fuzz.text_readers import READERS

    reader = READERS[name]

    def refused_or_read(content):
        try:
            reader.read(content.decode("utf-8", errors="replace"))
        except reader.refusal:
            return

    KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "whole").write_text(reader.whole, encoding="utf-8")
        limits = (f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", *LIMITS)
        atheris.Setup([sys.argv[0], corpus, *limits], refused_or_read)
        atheris.Fuzz()


def main():
    """Share the minutes among the readers, each in a process of its own."""
    from tests.fuzz.text_readers import READERS

    seconds = round(60 * float(sys.argv[1]) / len(READERS))
    failed = []
    for name in READERS:
        one = [sys.executable, "-m", "tests.fuzz.guided", name, str(seconds)]
        if subprocess.run(one).returncode:
            failed.append(name)
    said = f"{len(READERS)} readers, {seconds} s each; failed: {', '.join(failed) or 'none'}"
    print(said)  # noqa: T201 - a report
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) > 2:
        look(sys.argv[1], int(sys.argv[2]))
    else:
        sys.exit(main())
