"""How charts and workbooks write the figures that they fill in themselves."""

from typing import Final

from tco.words.figures import NBSP

PLOT_WHOLE: Final = ",.0f"
PLOT_NUMBER: Final = ".4~g"
PLOT_UNIT_PRICE: Final = ".3~g"
PLOT_PRICE_TICK: Final = ".3~f"
PLOT_TOKENS_TICK: Final = ","
PLOT_STEP_WORD: Final = "~s"
PLOT_USD_STEP_WORD: Final = "$~s"

SHEET_MONEY: Final = "#,##0.00"
SHEET_NUMBER: Final = "#,##0.######"
SHEET_SHARE: Final = "0.0%"
SHEET_WHOLE: Final = "#,##0"
SHEET_PLACE: Final = "0"
"""Of a year, a month or a number that is a name."""


PLOT_SHARE: Final = f"%{{customdata}}{NBSP}%"
"""Of what `percent_shown` gives for a point."""


def plotted(axis: str, form: str = PLOT_WHOLE) -> str:
    """Write where plotly puts the value of a point.

    Examples
    --------
    >>> plotted("y"), plotted("x", PLOT_NUMBER)
    ('%{y:,.0f}', '%{x:.4~g}')
    """
    return f"%{{{axis}:{form}}}"
