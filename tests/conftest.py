"""Settings every test shares: a shared machine has no deadlines, and CI has no luck.

How many examples a law is tried with is the profile's affair: 100 on every push, 1,000 with
``make test-long``. A law whose example takes long asks for a part of them.
"""

import os

from hypothesis import HealthCheck, settings


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/*.md anew")


IN_CI = bool(os.environ.get("CI"))
SLOW_MACHINE = [HealthCheck.too_slow] if IN_CI else []

settings.register_profile(
    "push", deadline=None, derandomize=IN_CI, suppress_health_check=SLOW_MACHINE
)
settings.register_profile(
    "long", deadline=None, max_examples=1_000, suppress_health_check=list(HealthCheck)
)
settings.load_profile("push")
