"""Dotted paths lead to a key of the scenario, or are refused with the nearest."""

import pytest

from pricing.errors import InputError
from tco.question.files import document_of, flatten
from tco.question.paths import require_paths
from tco.question.presets import presets

DEFAULT = next(iter(presets().values()))


@pytest.mark.parametrize("scenario", presets().values(), ids=list(presets()))
def test_every_value_of_a_scenario_has_a_path(scenario):
    require_paths(scenario, flatten(document_of(scenario)))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("workload.request_per_month", "Did you mean 'workload.requests_per_month'"),
        ("workloads.requests_per_month", "Did you mean 'workload'"),
        ("finance.discount_rat", "Did you mean 'finance.discount_rate'"),
        ("workload.classes.0.cached_shar", "Did you mean 'workload.classes.0.cached_share'"),
        ("workload.classes.7.cached_share", "from 0"),
        ("workload.classes.first.cached_share", "from 0"),
        ("workload.requests_per_month.mean", "is not a known key"),
        ("", "is not a known key"),
    ],
)
def test_a_path_that_leads_to_nothing_is_refused_with_the_nearest(path, words):
    with pytest.raises(InputError, match=words):
        require_paths(DEFAULT, ["workload.requests_per_month", path])


def test_a_key_the_scenario_leaves_out_is_known():
    require_paths(DEFAULT, ["costs.pue", "workload.classes.0.cache_written_share"])


def test_every_stray_path_is_named_at_once():
    with pytest.raises(InputError) as refused:
        require_paths(DEFAULT, ["a", "name", "b"])
    assert [problem.field for problem in refused.value.problems] == ["a", "b"]
