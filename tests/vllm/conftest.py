"""Small models with made-up weights, once for the whole suite."""

import subprocess
from pathlib import Path

import pytest

from tests.vllm.cpu_server import VLLM


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    maker = Path(__file__).parent / "make_models.py"
    subprocess.run([VLLM.with_name("python"), str(maker), str(folder)], check=True, timeout=300)
    return folder
