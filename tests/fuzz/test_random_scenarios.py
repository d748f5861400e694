"""Whatever the schema accepts is answered or refused with a reason: no traceback, bounded work."""

import math
import resource
import time
from functools import partial
from typing import get_args

import pytest
from annotated_types import Interval
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pricing.errors import InputError, PlannerError
from tco.analysis.decision import Question
from tco.analysis.sensitivity import tornado
from tco.answer.documents import break_even_document, document, json_text
from tco.answer.evaluation import evaluate
from tco.exports.forms import FORMS
from tco.question.files import document_of, scenario_from
from tco.question.presets import presets
from tco.question.scenario import Scenario
from tests.fuzz.damage import SEED
from tests.fuzz.known_loop import MOST_LOOPS, cpu_s, known_loop
from tests.fuzz.whole_schema import bounds, scenarios

DEFAULT = next(iter(presets().values()))
BAD = (
    None, True, "", "7", "1e3", "x" * 20_000, [], {}, [[]], {"a": 1}, -1, 0, -0.0, 5e-324, 1e-300,
    1e30, 1e308, -1e308, math.inf, -math.inf, math.nan, 10**30, -(10**30), "\ud800", "a\0b",
    [1.0] * 5_000, {"kind": "spill"}, "baseline",
)  # fmt: skip


def numbers(record=Scenario, path="", seen=()):
    """Every number of the schema by its path, with the lowest and highest value it takes."""
    for name, field in record.model_fields.items():
        yield from _numbers(field.annotation, field.metadata, f"{path}.{name}", (*seen, record))


def _numbers(annotation, metadata, path, seen):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in seen:
            yield from numbers(annotation, path, seen)
    elif annotation in (int, float):
        yield path, bounds(metadata)
    else:
        inner = get_args(annotation)
        more = [m for m in inner if isinstance(m, Interval | FieldInfo)]
        for part in inner:
            if part not in more:
                yield from _numbers(part, (*metadata, *more), path, seen)


def put(document, path, value):
    place = document
    *parents, last = path.split(".")
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return document


def places(value, path=""):
    """Paths to every value of a document, records and lists included."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        here = f"{path}.{key}".lstrip(".")
        yield here
        if isinstance(item, dict | list):
            yield from places(item, here)


@pytest.mark.parametrize("path", sorted({path for path, _ in numbers()}))
def test_every_number_of_a_scenario_has_a_lowest_and_a_highest_value(path):
    for low, high in (found for name, found in numbers() if name == path):
        assert low > -1e12, path
        assert high <= 1e12, path


MOST = {"evaluate": MOST_LOOPS, "sensitivity": 500.0}
"""What one question may take [loops]; a form takes less than 55, some 10 s on two quiet cores.

Five hundred are some ninety seconds, which the page grants long work."""
LEAST_COUNTED_S = 1.0
"""Seconds of CPU from which on work is counted in loops; a second is a few of them anywhere."""
MOST_KILOBYTES = 300_000
"""What one question may add to the memory that the largest before it needed."""
PARTS = [
    (40, 20, SEED),
    *(pytest.param(250, 10, SEED + i, marks=pytest.mark.long) for i in range(20)),
]


@pytest.mark.parametrize(("count", "each_sensitivity", "seed"), PARTS)
def test_a_random_scenario_is_answered_or_refused(count, each_sensitivity, seed):
    answered, worst = 0, Worst(seed)
    for number, drawn in scenarios(count, seed):
        try:
            scenario = scenario_from(drawn)
            answer = worst.of("evaluate", number, partial(evaluate, scenario))
        except PlannerError:
            continue
        answered += 1
        json_text(document(scenario, answer))
        json_text(break_even_document(answer))
        for name in ("csv", "forecast", "html", "xlsx", "toml"):
            worst.of(name, number, partial(FORMS[name].write, scenario, answer))
        if answered % each_sensitivity == 0:
            try:
                worst.of("sensitivity", number, partial(tornado, Question.of(scenario)))
            except PlannerError:
                continue
    print(f"{answered} of {count} answered\n{worst}")  # noqa: T201 - a report
    assert answered > 0.3 * count
    for name, (loops, _) in worst.loops.items():
        assert loops < MOST.get(name, 55.0), f"{name}\n{worst}"
    assert worst.growth[0] < MOST_KILOBYTES, str(worst)


class Worst:
    """What the dearest question of each kind took, and which it was."""

    def __init__(self, seed):
        """Nothing was asked yet."""
        self.seed, self.cpu, self.loops, self.growth = seed, {}, {}, (0, "")

    def of(self, name, number, work):
        """Do the work, and keep what it took."""
        began, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            return work()
        finally:
            asked = f"{name} of {self.seed}-{number}"
            took = time.process_time() - began
            self.cpu[name] = max(self.cpu.get(name, (0.0, "")), (took, asked))
            if took > LEAST_COUNTED_S:
                loops = 2 * took / (cpu_s(known_loop) + cpu_s(known_loop))
                self.loops[name] = max(self.loops.get(name, (0.0, "")), (loops, asked))
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
            self.growth = max(self.growth, (grown, asked))

    def __str__(self):
        """Say it for a report."""
        taken = [f"most CPU: {seconds:.2f} s, {asked}" for seconds, asked in self.cpu.values()]
        taken += [f"most work: {loops:.1f} loops, {asked}" for loops, asked in self.loops.values()]
        return "\n".join([*taken, f"most memory: {self.growth[0] / 1e3:.0f} MB, {self.growth[1]}"])


@pytest.mark.parametrize("path", sorted(set(places(document_of(DEFAULT)))))
def test_a_bad_value_in_any_place_is_refused_or_read_and_never_a_traceback(path):
    for bad in BAD:
        try:
            scenario_from(put(document_of(DEFAULT), path, bad))
        except InputError:
            continue


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("costs.electricity_usd_per_kwh", 1e30),
        ("costs.exit_usd", 1e11),
        ("fleet.spare_replicas", 10**6),
        ("fleet.min_replicas", 10**6),
        ("company.monthly_active_users", 10**12),
        ("objective.mean_tpot_ms", 1e-30),
        ("workload.requests_per_month", 1e-30),
        ("note", "x" * 20_000),
        ("workload.profile", [5e-324] * 168),
        ("workload.profile", [1e300] * 168),
    ],
)
def test_a_value_beyond_what_anybody_pays_or_sends_is_refused(path, value):
    with pytest.raises(InputError, match=path.rsplit(".", maxsplit=1)[-1]):
        scenario_from(put(document_of(DEFAULT), path, value))


def test_growth_that_leaves_the_limit_of_requests_is_refused_with_what_to_change():
    grown = put(document_of(DEFAULT), "workload.growth_per_month", 5.0)
    with pytest.raises(InputError, match=r"beyond 1\.00"):
        scenario_from(put(grown, "finance.horizon_months", 120))


@pytest.mark.parametrize("months", [2, 13, 36, 120])
def test_growth_is_refused_where_the_last_month_leaves_the_limit_and_not_before(months):
    """The first month has not grown yet: the last has grown once less than there are months."""
    document = put(document_of(DEFAULT), "finance.horizon_months", months)
    document = put(document, "workload.requests_per_month", 1e12 / 1.2 ** (months - 1))
    scenario_from(put(document, "workload.growth_per_month", 0.2 - 1e-9))
    with pytest.raises(InputError, match=r"beyond 1\.00"):
        scenario_from(put(document, "workload.growth_per_month", 0.2 + 1e-9))


def test_a_plan_of_one_month_may_grow_at_any_rate():
    document = put(document_of(DEFAULT), "finance.horizon_months", 1)
    document = put(document, "workload.requests_per_month", 1e12)
    assert scenario_from(put(document, "workload.growth_per_month", 10.0)).finance


@pytest.mark.parametrize(("name", "most"), [("apis", 20), ("self_hosted", 12), ("hybrids", 8)])
def test_lists_of_alternatives_have_an_end(name, most):
    document = document_of(DEFAULT)
    first = {"kind": "spill", "name": "s", "self_hosted": document["self_hosted"][0]["name"]}
    one = (document[name] or [first])[0]
    with pytest.raises(InputError, match=f"at most {most}"):
        scenario_from({**document, name: [one] * (most + 1)})
