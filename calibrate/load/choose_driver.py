"""Which load generator drives a point."""

from calibrate.load.driver import LoadDriver
from calibrate.load.open_loop import BuiltInDriver
from calibrate.load.vllm_bench import VllmBenchDriver
from calibrate.plan.plan import CalibrationPlan, Load


def driver_for(load: Load, wanted: str, program: str, plan: CalibrationPlan) -> LoadDriver:
    """VLLM's own generator for closed loops that it can send, the built-in client for the rest.

    Parameters
    ----------
    wanted
        ``auto``, or the name of one of the two for every point.
    """
    plain = not load.is_open and not load.cached_share and load.lengths == "even"
    if wanted == "vllm-bench" or (wanted == "auto" and plain):
        return VllmBenchDriver(program, plan.server.model)
    return BuiltInDriver()
