"""Tables of load points: what is read, what is dropped, what is refused."""

import csv
import io
from importlib.resources import files

import numpy as np
import pytest

from calibrate.fitting.points import BATCHED_TOKENS, by_group, parse_points, point_set
from calibrate.fitting.screening import REPEATED, screen_table
from pricing.errors import InputError

ROW = {
    "origin": "inferencex",
    "model": "meta-llama/Llama-3.1-70B",
    "system": "h100_sxm",
    "precision": "fp8",
    "vllm_version": "0.12.0",
    "tp": "2",
    "isl": "1000",
    "osl": "500",
    "concurrency": "8",
    "ttft_ms": "150.0",
    "tpot_ms": "20.0",
    "measured": "2026-01-02",
    "exact_duplicate": "0",
}


def table(*changes):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ROW))
    writer.writeheader()
    writer.writerows({**ROW, **change} for change in changes)
    return text.getvalue()


def points_of(*changes):
    return point_set(parse_points(table(*changes)))


def test_throughput_is_clients_over_mean_residence():
    """8 clients, each 150 + 20 x (450 - 1) ms in a request; 450 is 0.9 of the nominal 500."""
    assert points_of({}).requests_per_second[0] == pytest.approx(8 / (150 + 20 * 449) * 1000)


def test_drawn_lengths_have_the_moments_of_an_even_draw():
    rng = np.random.default_rng(1)
    prompts, answers = rng.uniform(800, 1000, 400_000), rng.uniform(400, 500, 400_000)
    mix = points_of({}).mix
    assert mix.input_tokens == pytest.approx(prompts.mean(), rel=1e-3)
    assert mix.output_tokens == pytest.approx(answers.mean(), rel=1e-3)
    context = prompts.mean() + (answers**2).mean() / (2 * answers.mean())
    assert mix.context_tokens == pytest.approx(context, rel=1e-3)
    assert mix.prefill_attention_tokens2 == pytest.approx((prompts**2).mean() / 2, rel=1e-3)


def test_lengths_of_any_other_origin_are_fixed_and_their_first_token_is_not_compared():
    points = points_of({"origin": "nvidia"})
    assert points.mix.input_tokens == 1000
    assert points.mix.prefill_attention_tokens2 == 500_000
    assert not points.first_token_known.any()


def test_a_first_wave_is_answered_step_by_step():
    """Nine prompts of 3,600 tokens fill four steps of 8,192: they end in steps 1 to 4."""
    points = points_of({"isl": "4000", "concurrency": "9"})
    ends = [int(np.ceil(i * 3600 / BATCHED_TOKENS)) for i in range(1, 10)]
    assert ends == [1, 1, 2, 2, 3, 3, 4, 4, 4]
    assert points.burst_steps[0] == pytest.approx(np.mean(ends))
    done = [min(end * BATCHED_TOKENS / 3600, 9) for end in ends]
    assert points.burst_prompts[0] == pytest.approx(np.mean(done))


def test_rows_that_repeat_another_are_left_out_and_counted():
    text = table({}, {"exact_duplicate": "1"}, {"tpot_ms": "20.000000000000004"}, {"tpot_ms": "21"})
    screened = screen_table(parse_points(text))
    assert [point.tpot_ms for point in screened.kept] == [20.0, 21.0]
    assert screened.counts == {REPEATED: 2}


def test_a_data_parallel_rank_has_its_share_of_the_clients():
    text = table({"origin": "inferencex"}).replace("origin", "attention_dp", 1)
    (point,) = parse_points(text.replace("inferencex", "4.0"))
    assert point.clients == 2
    assert point.group.layout == "dp4"


def test_groups_hold_one_layout_of_one_model_each():
    groups = by_group(parse_points(table({}, {"concurrency": "16"}, {"tp": "4"})))
    assert [(group.tp, len(rows)) for group, rows in groups.items()] == [(2, 2), (4, 1)]


@pytest.mark.parametrize("value", ["", "nan", "inf", "-3", "0", "fast", "1e12"])
def test_a_time_that_cannot_be_measured_is_refused_by_line_and_column(value):
    with pytest.raises(InputError) as refusal:
        parse_points(table({}, {"tpot_ms": value}))
    (problem,) = refusal.value.problems
    assert problem.field == "line 3: tpot_ms"
    assert problem.value == value


def test_all_impossible_values_are_reported_together():
    with pytest.raises(InputError) as refusal:
        parse_points(table({"isl": "-1", "concurrency": "1e6"}, {"ttft_ms": "soon"}))
    fields = [problem.field for problem in refusal.value.problems]
    assert fields == ["line 2: isl", "line 2: concurrency", "line 3: ttft_ms"]


def test_a_table_without_the_columns_is_refused_with_their_names():
    with pytest.raises(InputError) as refusal:
        parse_points("model,system\na,b\n")
    assert {problem.value for problem in refusal.value.problems} == {
        "precision",
        "tp",
        "isl",
        "osl",
        "concurrency",
        "ttft_ms",
        "tpot_ms",
    }


def test_the_licence_of_the_shipped_points_travels_with_them():
    licence = (files("calibrate") / "data" / "LICENSE-Apache-2.0.txt").read_text()
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
