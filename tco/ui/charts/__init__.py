"""Figures and what they show in words: pure functions of an evaluation, without streamlit."""

from tco.ui.charts.bills import bill_chart, bill_finding
from tco.ui.charts.break_even import break_even_chart, break_even_finding, break_even_spec
from tco.ui.charts.calibration import calibration_chart, calibration_finding
from tco.ui.charts.cash import cash_chart
from tco.ui.charts.contributions import contribution_chart, contribution_finding
from tco.ui.charts.drivers import driver_chart, driver_finding
from tco.ui.charts.fan import fan_chart, fan_finding
from tco.ui.charts.length import length_chart, length_finding
from tco.ui.charts.months import saving_chart, saving_finding, saving_spec
from tco.ui.charts.style import DARK, LIGHT, THEMED, Palette, Spec
from tco.ui.charts.tornado import tornado_chart, tornado_finding
from tco.ui.charts.use import use_chart, use_finding
from tco.ui.charts.volume import volume_chart, volume_finding, volume_spec
from tco.ui.charts.winners import winner_chart, winner_finding

__all__ = [
    "DARK",
    "LIGHT",
    "THEMED",
    "Palette",
    "Spec",
    "bill_chart",
    "bill_finding",
    "break_even_chart",
    "break_even_finding",
    "break_even_spec",
    "calibration_chart",
    "calibration_finding",
    "cash_chart",
    "contribution_chart",
    "contribution_finding",
    "driver_chart",
    "driver_finding",
    "fan_chart",
    "fan_finding",
    "length_chart",
    "length_finding",
    "saving_chart",
    "saving_finding",
    "saving_spec",
    "tornado_chart",
    "tornado_finding",
    "use_chart",
    "use_finding",
    "volume_chart",
    "volume_finding",
    "volume_spec",
    "winner_chart",
    "winner_finding",
]
