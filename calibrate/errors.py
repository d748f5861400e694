"""What a calibration run says when it cannot go on.

::

    ServerError          exit 5   the server could not be started, or is not the one meant
    InterruptedRunError  exit 6   stopped by a signal; finished points are kept, resume goes on
    BusyError            exit 8   another process holds the folder
"""

from pricing.errors import PlannerError
from pricing.told_to_end import STOPPED_EXIT_CODE


class ServerError(PlannerError):
    """The server could not be started, or is not the one meant."""

    exit_code = 5
    code = "server"


class InterruptedRunError(PlannerError):
    """A signal stopped the run; finished points are kept."""

    exit_code = STOPPED_EXIT_CODE
    code = "interrupted"


class BusyError(PlannerError):
    """Another process holds the folder of the run."""

    exit_code = 8
    code = "busy"
