"""Which load generator drives a point."""

import shutil

from calibrate.load.built_in import BuiltInDriver
from calibrate.load.driver import LoadDriver
from calibrate.load.vllm_bench import BENCH, VllmBenchDriver
from calibrate.plan.plan import Load, Rules


def driver_for(
    load: Load, wanted: str, program: str | None, tokenizer: str, rules: Rules
) -> LoadDriver:
    """Built-in client, which goes on until a window is full; for one kind of point vLLM's own.

    A held-out closed loop is sent by the engine's generator where that is installed: if the two
    clients disagreed, the held-out error would show it.

    Parameters
    ----------
    wanted
        ``auto``, or the name of one of the two for every point.
    program
        Engine that is installed here; None where the server runs elsewhere, whose tokenizer the
        generator would need.
    tokenizer
        Folder or id of the model that is served.
    """
    plain = not load.is_open and not load.cached_share and load.lengths == "even"
    checks = plain and load.role == "held_out" and shutil.which(program or "") is not None
    if program is not None and (wanted == BENCH or (wanted == "auto" and checks)):
        return VllmBenchDriver(program, tokenizer, rules)
    return BuiltInDriver(rules)
