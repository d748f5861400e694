"""Every chart: the page, the command line and the archive of pictures follow this list."""

from typing import Any, Final

from tco.charts.bills import BILLS
from tco.charts.break_even import BREAK_EVEN
from tco.charts.calibration import CALIBRATION
from tco.charts.cash import CASH
from tco.charts.chart import Chart
from tco.charts.contributions import CONTRIBUTIONS
from tco.charts.drivers import DRIVERS
from tco.charts.fan import FAN
from tco.charts.length import LENGTH
from tco.charts.months import MONTH_BY_MONTH
from tco.charts.tornado import TORNADO
from tco.charts.use import USE
from tco.charts.volume import VOLUME
from tco.charts.winners import MAP

CHARTS: Final[tuple[Chart[Any], ...]] = (
    BREAK_EVEN,
    VOLUME,
    MONTH_BY_MONTH,
    BILLS,
    USE,
    CASH,
    TORNADO,
    DRIVERS,
    MAP,
    FAN,
    LENGTH,
    CALIBRATION,
    CONTRIBUTIONS,
)
