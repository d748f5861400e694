"""Charts as PNG and SVG files, drawn by a Chromium browser on this machine without a network."""

import asyncio
import io
import zipfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

from pricing.errors import InputError, Problem
from tco.words.figures import NBSP, whole

PICTURE_FORMATS: Final = ("png", "svg")
PICTURE_WIDTH_PX: Final = 960
PICTURE_HEIGHT_PX: Final = 420
"""Of a chart that has no height of its own."""
SCALE: Final = 2
TIMEOUT_S: Final = 60.0
"""Longest time for one picture."""
WHOLE_S: Final = 300.0
"""Longest time for all of them, the start of the browser included."""
_DRAWING: Final = Lock()


def missing() -> Problem | None:
    """What keeps this machine from drawing pictures; None where nothing does."""
    if find_spec("kaleido") is None:
        return Problem(
            "charts", "", "need the package kaleido", "Install gpt-or-llama-planner[charts]."
        )
    if browser_path() is None:
        return Problem(
            "charts",
            "",
            "need a Chromium or Chrome browser, and none was found",
            "Install one (Debian: apt install chromium), or name it in BROWSER_PATH.",
        )
    return None


def pictures(figures: Iterable[tuple[str, Any]]) -> dict[str, bytes]:
    """Draw figures; gives files by name, ``NAME.png`` and ``NAME.svg``.

    Raises
    ------
    InputError
        If the browser or its package is missing, does not start, or is not done in time.
    """
    if problem := missing():
        raise InputError(problem)
    from choreographer.errors import BrowserClosedError, BrowserFailedError

    drawn = dict(figures)
    if not _DRAWING.acquire(timeout=WHOLE_S):
        raise _late()
    try:
        return asyncio.run(asyncio.wait_for(_draw(drawn), WHOLE_S))
    except TimeoutError as error:
        raise _late() from error
    except (BrowserFailedError, BrowserClosedError) as error:
        limit = f"were not drawn: {browser_path()} did not start, or ended"
        remedy = "Try whether it starts by hand with --headless."
        raise InputError(Problem("charts", "", limit, remedy)) from error
    finally:
        _DRAWING.release()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack files into one archive; equal files give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


async def _draw(figures: Mapping[str, Any]) -> dict[str, bytes]:
    from kaleido import Kaleido

    found = {}
    async with Kaleido(timeout=TIMEOUT_S, mathjax=False, path=browser_path()) as browser:
        for name, figure in figures.items():
            for form in PICTURE_FORMATS:
                found[f"{name}.{form}"] = await browser.calc_fig(
                    figure,
                    {
                        "format": form,
                        "width": PICTURE_WIDTH_PX,
                        "height": figure.layout.height or PICTURE_HEIGHT_PX,
                        "scale": SCALE if form == "png" else 1,
                    },
                )
    return found


def browser_path() -> str | None:
    """Path of the browser that would draw."""
    from choreographer.browsers.chromium import Chromium

    found: str | None = Chromium.find_browser(skip_local=False)
    return found if found and Path(found).is_file() else None


def _late() -> InputError:
    limit = f"were not drawn within {whole(WHOLE_S)}{NBSP}s"
    return InputError(Problem("charts", "", limit, "Try again while the machine is idle."))
