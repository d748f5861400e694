"""What people type in their own units is read as they mean it, or refused in those units."""

import pytest

from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from pricing.errors import InputError
from tco.question.presets import presets
from tco.ui.fields.field import FIGURES, changes
from tco.words.entries import figure_entry, read_figure
from tests.ui.test_fields import every_field

NO_FIGURE = "is no figure"
DEFAULT = next(iter(presets().values()))


@pytest.fixture(scope="module")
def fields():
    asked = every_field(DEFAULT, Library.load(), Catalogue.load())
    return {field.path: field for field in asked if field.kind in FIGURES}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("40M", 40e6), ("40 million", 40e6), ("40m", 40e6), ("0.04bn", 40e6), ("1.2k", 1_200),
        ("1,250.5", 1_250.5), ("1 250", 1_250), ("$2.60", 2.6), ("2.60 USD", 2.6),
        ("$260k", 260e3), ("−5", -5), ("12e6", 12e6), (" 7 ", 7), (".5", 0.5),
    ],
)  # fmt: skip
def test_a_figure_is_read_in_people_s_units(typed, meant):
    assert read_figure("field", typed) == meant


@pytest.mark.parametrize("typed", ["60 %", "60%", "60"])
def test_a_percentage_needs_no_sign(typed):
    assert read_figure("field", typed, percent=True) == 60


@pytest.mark.parametrize(
    "typed", ["1,5", "1.234.567", "abc", "", "nan", "inf", "--5", "4 0", "5 x"]
)
def test_what_may_mean_two_things_or_nothing_is_refused(typed):
    with pytest.raises(InputError):
        read_figure("field", typed)


@pytest.mark.parametrize(("typed", "percent"), [("60 %", False), ("$60", True), ("60k", True)])
def test_an_amount_is_no_percentage(typed, percent):
    with pytest.raises(InputError):
        read_figure("field", typed, percent=percent)


@pytest.mark.parametrize("value", [0.0, 0.064, 2.6, 350.0, 1_183.1, 40e6, -3.1, 1e12])
@pytest.mark.parametrize("percent", [False, True])
def test_what_a_box_holds_is_read_back_as_it_was(value, percent):
    assert read_figure("field", figure_entry(value, percent=percent), percent=percent) == value


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("finance.tax_rate", "101", "must be at least 0 % and less than 100 %"),
        ("workload.classes.0.cached_share", "101 %", "must be at least 0 % and at most 100 %"),
        ("workload.growth_per_month", "-95 %", "must be at least -90 % and at most 1,000 %"),
        ("costs.pue", "5", "must be at least 1 and at most 4"),
        ("finance.horizon_months", "3.5", "must be a whole number"),
        ("workload.classes.0.output.tokens", "-5", "must be at least 0.001 and at most 10,000,000"),
        ("workload.requests_per_month", "lots", NO_FIGURE),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_in_the_unit_of_its_field(fields, path, typed, said):
    with pytest.raises(InputError) as refused:
        fields[path].read(typed)
    (problem,) = refused.value.problems
    assert (problem.field, problem.limit, problem.value) == (path, said, typed)
    assert problem.remedy


def test_every_figure_of_the_page_has_a_limit_that_its_field_tells(fields):
    for path, field in fields.items():
        with pytest.raises(InputError) as refused:
            field.read("-1e15")
        (problem,) = refused.value.problems
        assert problem.limit.startswith("must be "), path
        assert ("%" in problem.limit) == (field.kind == "percent"), path


def test_a_box_that_was_not_touched_changes_nothing(fields):
    read = {path: field.read(field.text) for path, field in fields.items()}
    assert changes(fields.values(), read) == {}


@pytest.mark.parametrize("mean", ["350", "351.7", "12"])
@pytest.mark.parametrize("side", ["input", "output"])
def test_a_typed_mean_is_the_mean_that_is_used(fields, side, mean):
    field = fields[f"workload.classes.0.{side}.tokens"]
    tokens = field.stored(field.read(mean))
    length = field.value.model_copy(update={"tokens": tuple(tokens)})
    assert length.distribution().mean == pytest.approx(float(mean), rel=1e-12)
