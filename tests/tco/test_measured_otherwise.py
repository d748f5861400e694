"""A record that was measured otherwise than it is used is flagged where it is used."""

from dataclasses import replace

import pytest

from hardware_profiles.run_facts import RunFacts
from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.question.files import changed

OPTION = "self-hosted/rented"
DEPLOYMENT = "self_hosted.0.deployment"
RUN = RunFacts(
    plan="0" * 16,
    verdict="VALID",
    grade="validated",
    remarks=(),
    next_steps=(),
    held_out_errors=None,
    goodput_ttft_ms=1_000.0,
    goodput_tpot_ms=50.0,
    argv=("vllm", "serve", "m", "--port=8000", "--max-num-seqs=256", "--enable-prefix-caching"),
    base_url="",
    revision="abc",
    max_model_len=8_192,
    cache_config=(),
    accelerators=(),
    loads=(),
)


@pytest.fixture
def own_data(plain_data, plain_record):
    """The made-up replica as a record of one's own."""

    def data(**changes):
        record = plain_record.model_copy(
            update={
                "schema_version": 2,
                "run": RUN.model_copy(update=changes),
                "label": "own measurement",
                "versions": plain_record.versions.model_copy(update={"engine_version": "0.32.0"}),
            }
        )
        return replace(
            plain_data, library=replace(plain_data.library, calibrations={"plain": record})
        )

    return data


def findings(scenario, data):
    found = evaluate(scenario, data).alternative(OPTION).findings
    return {finding.code: finding for finding in found}


@pytest.mark.parametrize(
    ("meant", "said"),
    [
        ({"engine_version": "0.33.1"}, "engine_version: measured with 0.32, meant 0.33"),
        ({"revision": "def"}, "revision: measured with abc, meant def"),
        (
            {"flags": ["--max-num-seqs=128"]},
            "flags: measured with --max-num-seqs=256, meant --max-num-seqs=128",
        ),
        (
            {"flags": ["--no-enable-prefix-caching"]},
            "measured with --enable-prefix-caching, meant --no-enable-prefix-caching",
        ),
        ({"flags": ["--enforce-eager"]}, "measured with no --enforce-eager, meant --enforce-eager"),
    ],
)
def test_another_version_revision_or_flag_is_flagged(plain_scenario, own_data, meant, said):
    scenario = changed(plain_scenario, {DEPLOYMENT: meant})
    flag = findings(scenario, own_data())["measured-otherwise"]
    assert flag.severity == "flagged"
    assert said in flag.message


@pytest.mark.parametrize(
    "meant",
    [
        {"engine_version": "0.32.9"},
        {"revision": "abc", "flags": ["--max-num-seqs=256"]},
        {},
    ],
)
def test_what_was_measured_so_is_not_flagged(plain_scenario, own_data, meant):
    scenario = changed(plain_scenario, {DEPLOYMENT: meant})
    assert "measured-otherwise" not in findings(scenario, own_data())


def test_what_a_record_does_not_say_is_not_taken_for_equal(plain_scenario, plain_data):
    meant = {"engine_version": "0.32", "revision": "abc", "flags": ["--enforce-eager"]}
    flag = findings(changed(plain_scenario, {DEPLOYMENT: meant}), plain_data)["measured-otherwise"]
    assert flag.message.count("measured with not recorded") == 3


def test_a_flag_changes_no_figure(plain_scenario, own_data):
    scenario = changed(plain_scenario, {f"{DEPLOYMENT}.engine_version": "0.40"})
    was = evaluate(plain_scenario, own_data()).alternative(OPTION)
    now = evaluate(scenario, own_data()).alternative(OPTION)
    assert now.monthly_usd == was.monthly_usd
    assert now.serving == was.serving


def test_flags_that_are_no_flags_are_refused(plain_scenario):
    with pytest.raises(InputError, match="flags"):
        changed(plain_scenario, {DEPLOYMENT: {"flags": ["rm -rf /"]}})


def test_a_measurement_of_ones_own_is_not_called_anybody_elses(plain_scenario, own_data):
    found = findings(plain_scenario, own_data())
    assert "not-your-measurement" not in found
    assert found["own-measurement"].severity == "remark"


def test_a_provisional_one_says_why(plain_scenario, own_data):
    data = own_data(grade="provisional", remarks=("no point was saturated",))
    flag = findings(plain_scenario, data)["own-measurement"]
    assert flag.severity == "flagged"
    assert "no point was saturated" in flag.message
