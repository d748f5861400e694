from dataclasses import replace

import pytest

from hardware_profiles.calibration import CalibrationRecord
from tco.facts.data import Data
from tco.question.files import document_of, load_scenario, scenario_from
from tco.question.presets import preset_paths


@pytest.fixture(scope="session")
def default():
    """The scenario the page opens with."""
    return load_scenario(preset_paths()[0])


@pytest.fixture
def document(default):
    """Its plain values, free to be spoilt."""
    return document_of(default)


@pytest.fixture(scope="session")
def plain_record():
    """A replica whose step takes 20 ms whatever it does: 64 requests of 101 tokens take 2 s.

    Sixteen were measured, and a record is carried to four times as many.
    """
    names = CalibrationRecord.model_fields["covariance_order"].annotation.__args__[0].__args__
    order = tuple(name for name in names if name != "wide_ms" and name != "mw_ms")
    tiny = 1e-12
    reach = {"low": 1.0, "high": 16.0}
    return CalibrationRecord(
        schema_version=1,
        id="plain",
        kind="published",
        label="a made-up replica",
        model="Llama 3.3 70B",
        precision="fp8",
        accelerator="H100 SXM",
        gpus_per_replica=2,
        experts=0,
        experts_active=0,
        parameters={
            "a_ms": 20.0,
            "b_ms_per_token": tiny,
            "c_ms_per_sequence": tiny,
            "d_ms_per_context_token": tiny,
            "e_ms_per_token2": tiny,
            "t0_ms": 30.0,
        },
        covariance_order=order,
        covariance=tuple(tuple(0.01 if i == j else 0.0 for j in order) for i in order),
        residual_sd=0.05,
        limits={
            "max_num_seqs": 128,
            "max_num_batched_tokens": 8_192,
            "kv_tokens": 1e6,
            "kv_tokens_basis": "made up",
        },
        span={
            "input_tokens": {"low": 1_000.0, "high": 1_000.0},
            "output_tokens": {"low": 101.0, "high": 101.0},
            "concurrency": reach,
            "cached_share": {"low": 0.0, "high": 0.0},
            "shapes": ({"input_tokens": 1_000.0, "output_tokens": 101.0},),
        },
        points=1,
        points_sha256="0" * 64,
        measured_by="nobody",
        measured_on="2026-11-24",
        versions={},
        source={"name": "made up", "as_of": "2026-11-24"},
    )


@pytest.fixture(scope="session")
def plain_data(plain_record):
    """Shipped prices and machines, with the made-up replica as the only calibration."""
    shipped = Data.shipped()
    return replace(shipped, library=replace(shipped.library, calibrations={"plain": plain_record}))


@pytest.fixture(scope="session")
def plain_scenario():
    """Ten million requests of 1,000 and 101 tokens, flat over the week, one rented instance."""
    return scenario_from(
        {
            "name": "Plain",
            "prices_on": "2026-11-24",
            "workload": {
                "requests_per_month": 10_000_000.0,
                "profile": "flat",
                "peak_within_hour": 2.0,
                "classes": [
                    {
                        "name": "only",
                        "input": {"kind": "fixed", "tokens": 1_000.0},
                        "output": {"kind": "fixed", "tokens": 101.0},
                    }
                ],
            },
            "baseline": {"provider": "openai", "model": "gpt-5.4"},
            "apis": [
                {"provider": "openai", "model": "gpt-5.4", "tier": "batch"},
                {"provider": "openai", "model": "gpt-5.4-mini"},
                {"provider": "aws", "model": "meta.llama3-3-70b-instruct-v1:0"},
            ],
            "self_hosted": [
                {
                    "name": "rented",
                    "model": "Llama 3.3 70B",
                    "calibration": "plain",
                    "rent": "aws/p5.48xlarge/us-east-1/on-demand",
                },
                {
                    "name": "owned",
                    "model": "Llama 3.3 70B",
                    "calibration": "plain",
                    "own": "lenovo/8x-h100",
                },
            ],
        }
    )
