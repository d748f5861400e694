"""What tests of calibration share: a run against a server that behaves as told."""

import pytest

from tests.calibrate.fake_server import vllm_script
from tests.calibrate.plans import arguments, calibrate, plan_of, processes_with


@pytest.fixture
def attempt(tmp_path):
    """Run a plan against a server that behaves as told; nothing of it may be left."""

    def run(plan=None, more=(), **behaviour):
        program = vllm_script(tmp_path / "bin", **behaviour)
        return calibrate(*arguments(tmp_path, plan or plan_of(), program, *more))

    yield run
    assert processes_with(str(tmp_path / "bin")) == []
