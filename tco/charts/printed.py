"""The report as PDF, printed by a Chromium browser on this machine without a network."""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from pricing.errors import InputError, Problem
from tco.charts.pictures import browser_path, missing
from tco.words.figures import NBSP, number

PRINT_S: Final = 60.0
"""Longest time for one report."""
_QUIET: Final = (
    "--headless",
    "--disable-gpu",
    "--no-sandbox",  # the page is ours and loads nothing; a sandbox does not start for root
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)


def printed(html: str) -> bytes:
    """Print a page that loads nothing; gives the PDF.

    Raises
    ------
    InputError
        If the browser is missing, does not start, or is not done in time.
    """
    if problem := missing():
        raise InputError(problem)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page, paper = folder / "report.html", folder / "report.pdf"
        page.write_text(html, "utf-8")
        command = [
            str(browser_path()),
            *_QUIET,
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={paper}",
            page.as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PRINT_S)
            return paper.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            late = isinstance(error, subprocess.TimeoutExpired)
            limit = f"was not printed by {command[0]}"
            limit += f" within {number(PRINT_S)}{NBSP}s" if late else ", which failed"
            remedy = "Try whether it starts by hand with --headless, or print the HTML report."
            raise InputError(Problem("report", "", limit, remedy)) from error
