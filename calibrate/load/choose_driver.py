"""Which load generator drives a point."""

import shutil

from calibrate.load.driver import LoadDriver
from calibrate.load.open_loop import BuiltInDriver
from calibrate.load.vllm_bench import BENCH, VllmBenchDriver
from calibrate.plan.plan import CalibrationPlan, Load


def driver_for(load: Load, wanted: str, program: str, plan: CalibrationPlan) -> LoadDriver:
    """Built-in client, which goes on until a window is full; for one kind of point vLLM's own.

    A held-out closed loop is sent by the engine's generator where that is installed: if the two
    clients disagreed, the held-out error would show it.

    Parameters
    ----------
    wanted
        ``auto``, or the name of one of the two for every point.
    """
    plain = not load.is_open and not load.cached_share and load.lengths == "even"
    checks = plain and load.role == "held_out" and shutil.which(program) is not None
    if wanted == BENCH or (wanted == "auto" and checks):
        return VllmBenchDriver(program, plan.server.model, plan.rules)
    return BuiltInDriver(plan.rules)
