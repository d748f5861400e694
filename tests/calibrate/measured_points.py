"""The points behind the records that ship, as the calibration page draws them.

Run ``python -m tests.calibrate.measured_points`` to write them anew; a test holds them to the fits.
"""

import csv
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np

from calibrate.fitting.shipped import shipped_groups
from hardware_profiles import Library

PAGE_POINTS = Path(str(files("tco.serving") / "data" / "measured_points.csv"))
HEAD = (
    "calibration",
    "input_tokens",
    "output_tokens",
    "concurrency",
    "output_tokens_per_s",
    "ttft_ms",
    "tpot_ms",
)
DIGITS = (6, 6, 6, 5, 5, 5)
"""Of each figure; a time that was not measured is left empty."""


def rows() -> Iterator[list[str]]:
    for name, (ready, _) in shipped_groups(Library.load()).items():
        points, mix = ready.points, ready.points.mix
        columns = (
            mix.input_tokens,
            mix.output_tokens,
            points.clients,
            points.requests_per_second * mix.output_tokens,
            points.ttft_ms,
            points.tpot_ms,
        )
        for place in np.lexsort((points.clients, mix.output_tokens, mix.input_tokens)):
            figures = [column[place] for column in columns]
            yield [name, *map(_text, figures, DIGITS)]


def _text(figure: float, digits: int) -> str:
    return "" if np.isnan(figure) else f"{figure:.{digits}g}"


if __name__ == "__main__":
    with PAGE_POINTS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEAD, *rows()])
    sys.stdout.write(f"wrote {PAGE_POINTS.name}\n")
