"""Figures and what they show in words: pure functions of an answer, without streamlit.

Finished answers and analyses enter; the page and the command line draw with the same figures.
"""

from tco.charts.bills import bill_chart, bill_finding
from tco.charts.break_even import break_even_chart, break_even_finding, break_even_spec
from tco.charts.calibration import calibration_chart, calibration_finding
from tco.charts.cash import cash_chart
from tco.charts.contributions import contribution_chart, contribution_finding
from tco.charts.drivers import driver_chart, driver_finding
from tco.charts.fan import fan_chart, fan_finding
from tco.charts.length import length_chart, length_finding
from tco.charts.months import saving_chart, saving_finding, saving_spec
from tco.charts.style import DARK, LIGHT, THEMED, Palette, Spec
from tco.charts.tornado import tornado_chart, tornado_finding
from tco.charts.use import use_chart, use_finding
from tco.charts.volume import volume_chart, volume_finding, volume_spec
from tco.charts.winners import winner_chart, winner_finding

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
