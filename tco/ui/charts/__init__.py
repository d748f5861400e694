"""Figures and what they show in words: pure functions of an evaluation, without streamlit."""

from tco.ui.charts.bills import bill_chart, bill_finding
from tco.ui.charts.break_even import break_even_chart, break_even_finding
from tco.ui.charts.length import length_chart, length_finding
from tco.ui.charts.months import saving_chart, saving_finding
from tco.ui.charts.style import DARK, LIGHT, THEMED, Palette
from tco.ui.charts.use import use_chart, use_finding
from tco.ui.charts.volume import volume_chart, volume_finding

__all__ = [
    "DARK",
    "LIGHT",
    "THEMED",
    "Palette",
    "bill_chart",
    "bill_finding",
    "break_even_chart",
    "break_even_finding",
    "length_chart",
    "length_finding",
    "saving_chart",
    "saving_finding",
    "use_chart",
    "use_finding",
    "volume_chart",
    "volume_finding",
]
