"""Every chart: the page, the command line and the archive of pictures follow this list."""

from typing import Any, Final

from tco.charts.bills import BILLS_CHART
from tco.charts.break_even import BREAK_EVEN_CHART
from tco.charts.calibration import CALIBRATION_CHART
from tco.charts.cash import CASH_CHART
from tco.charts.chart import Chart
from tco.charts.contributions import CONTRIBUTIONS_CHART
from tco.charts.drivers import DRIVERS_CHART
from tco.charts.fan import FAN_CHART
from tco.charts.length import LENGTH_CHART
from tco.charts.months import MONTHS_CHART
from tco.charts.tornado import TORNADO_CHART
from tco.charts.use import USE_CHART
from tco.charts.volume import VOLUME_CHART
from tco.charts.winners import MAP_CHART

CHARTS: Final[tuple[Chart[Any], ...]] = (
    BREAK_EVEN_CHART,
    VOLUME_CHART,
    MONTHS_CHART,
    BILLS_CHART,
    USE_CHART,
    CASH_CHART,
    TORNADO_CHART,
    DRIVERS_CHART,
    MAP_CHART,
    FAN_CHART,
    LENGTH_CHART,
    CALIBRATION_CHART,
    CONTRIBUTIONS_CHART,
)
