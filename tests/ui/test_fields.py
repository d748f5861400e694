"""Every number of a scenario can be edited on the page, and an edit stores what was meant."""

import pytest

from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from tco.question.files import changed, document_of, flatten
from tco.question.options import ApiOption
from tco.question.presets import presets
from tco.question.terms import Autoscale, Company, Costs, Currency, Finance, Fleet, Objective
from tco.ui.fields.class_fields import without_double_shares
from tco.ui.fields.field import changes
from tco.ui.fields.fields import main_fields, rent_fields, with_baseline_swapped
from tco.ui.fields.more_fields import more_fields

NOT_ASKED = ("prices_on", "name", "note", "format", "source", "kind", "cv")
BY_FILE_ONLY = (  # lists: which alternatives there are is said in a file, their prices on the page
    "apis.", "self_hosted.", "hybrids.", "baseline.successors.",
    "finance.api_price_steps.", "finance.gpu_price_steps.",  # the page asks for a yearly change
    "baseline.provider", "baseline.residency",  # another provider is another baseline
)  # fmt: skip


OPTIONAL = {
    "costs": Costs.model_fields,
    "finance": set(Finance.model_fields) - {"api_price_steps", "gpu_price_steps"},
    "currency": Currency.model_fields,
    "objective": Objective.model_fields,
    "company": Company.model_fields,
    "fleet": Fleet.model_fields,
    "baseline": set(ApiOption.model_fields) - {"successors", "commitment", "provisioned"},
}


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


def every_field(scenario, library, catalogue):
    return (
        *main_fields(scenario, catalogue, scenario.baseline.model),
        *rent_fields(scenario, library),
        *(field for group in more_fields(scenario, catalogue, library).values() for field in group),
    )


@pytest.mark.parametrize("scenario", presets().values(), ids=presets())
def test_every_number_of_a_scenario_has_an_input(scenario, library, catalogue):
    asked = {field.path for field in every_field(scenario, library, catalogue)}
    paths = set(flatten(document_of(scenario)))
    paths |= {f"{table}.{key}" for table, keys in OPTIONAL.items() for key in keys}
    left_out = {
        path
        for path in paths - asked
        if path.split(".")[-1] not in NOT_ASKED
        and not path.startswith(BY_FILE_ONLY)
        and path.rsplit(".", 1)[0] not in asked  # entries of a list that is asked for as one
        and ".probabilities." not in path
        and not path.endswith("classes.0.share")  # one class has all requests
        and not (path.startswith("workload.classes.") and path.endswith(".name"))
    }
    assert left_out == set()


@pytest.mark.parametrize("scenario", presets().values(), ids=presets())
def test_inputs_left_alone_change_nothing(scenario, library, catalogue):
    fields = every_field(scenario, library, catalogue)
    assert changes(fields, {field.path: field.shown for field in fields}) == {}
    assert len({field.path for field in fields}) == len(fields)


@pytest.mark.parametrize(
    ("path", "entered", "stored"),
    [
        ("workload.requests_per_month", 5e6, 5e6),
        ("workload.growth_per_month", 3.1, 0.031),
        ("finance.api_price_change_per_year", -20.0, -0.2),
        ("finance.horizon_months", 48, 48),
        ("workload.classes.0.cached_share", 40.0, 0.4),
        ("company.eu_domiciled", True, True),
        ("costs.pue", 1.2, 1.2),
        ("finance.tax_rate", 25.0, 0.25),
        ("finance.terms", "nominal", "nominal"),
        ("baseline.usage_tier", " tier-3 ", "tier-3"),
        ("self_hosted.0.usd_per_gpu_hour", 2.1, 2.1),
    ],
)
def test_an_edit_is_stored_in_the_units_of_the_scenario(library, catalogue, path, entered, stored):
    scenario = next(iter(presets().values()))
    edits = changes(every_field(scenario, library, catalogue), {path: entered})
    assert edits == {path: stored}
    assert flatten(document_of(changed(scenario, edits)))[path] == stored


def test_an_emptied_input_goes_back_to_the_library(library, catalogue):
    scenario = changed(next(iter(presets().values())), {"costs.pue": 1.2})
    edits = changes(every_field(scenario, library, catalogue), {"costs.pue": None})
    assert changed(scenario, edits).costs.pue is None


def test_a_new_mean_moves_a_distribution_and_keeps_its_shape(library, catalogue):
    scenario = next(iter(presets().values()))
    (field,) = [
        f for f in every_field(scenario, library, catalogue) if f.path.endswith("input.tokens")
    ]
    edits = changes((field,), {field.path: field.shown * 2})
    before, after = (
        scenario.workload.classes[0].input,
        changed(scenario, edits).workload.classes[0].input,
    )
    assert after.distribution().mean == pytest.approx(2 * before.distribution().mean)
    assert after.probabilities == before.probabilities


def test_a_baseline_that_is_among_the_alternatives_trades_places():
    scenario = next(iter(presets().values()))
    swapped = changed(scenario, with_baseline_swapped(scenario, {"baseline.tier": "batch"}))
    assert swapped.baseline.tier == "batch"
    assert scenario.baseline in swapped.apis
    assert len(swapped.apis) == len(scenario.apis)


def test_a_field_says_where_its_default_is_from(library, catalogue):
    scenario = next(iter(presets().values()))
    fields = {field.path: field for field in every_field(scenario, library, catalogue)}
    assert fields["costs.pue"].placeholder == "1.54"
    assert "Uptime Institute" in fields["costs.pue"].help
    assert fields["costs.exit_usd"].placeholder == "not estimated"
    assert fields["self_hosted.0.usd_per_gpu_hour"].placeholder == "list price 6.88"


def test_hits_that_follow_from_reuse_take_the_place_of_a_share(library, catalogue):
    scenario = changed(next(iter(presets().values())), {"fleet.own_cache_hits": 0.5})
    fields = more_fields(scenario, catalogue, library)["Fleet"]
    edits = without_double_shares(changes(fields, {"fleet.own_cache": "on"}))
    after = changed(scenario, edits)
    assert (after.fleet.own_cache.reuse_minutes, after.fleet.own_cache_hits) == (5.0, 1.0)
    brought = {field.path for field in more_fields(after, catalogue, library)["Fleet"]}
    assert {"fleet.own_cache.reuse_minutes", "fleet.own_cache.by_prefix"} <= brought
    assert "fleet.own_cache_hits" not in brought
    back = changes(more_fields(after, catalogue, library)["Fleet"], {"fleet.own_cache": ""})
    assert changed(after, back).fleet.own_cache is None


def test_a_fleet_that_follows_the_hours_brings_its_own_inputs(library, catalogue):
    scenario = next(iter(presets().values()))
    plain = more_fields(scenario, catalogue, library)["Fleet"]
    on = more_fields(
        scenario, catalogue, library, lambda path, _: "on" if "autoscale" in path else _
    )["Fleet"]
    assert len(on) == len(plain) + len(Autoscale.model_fields)
    edits = changes(on, {"fleet.autoscale": "on", "fleet.autoscale.hold_minutes": 30.0})
    assert changed(scenario, edits).fleet.autoscale == Autoscale(hold_minutes=30.0)
    assert changed(changed(scenario, edits), {"fleet.autoscale": None}).fleet.autoscale is None


@pytest.mark.parametrize("kind", ["prefix", "conversation"])
def test_a_cached_share_can_follow_from_a_prefix_or_a_conversation(library, catalogue, kind):
    scenario = next(iter(presets().values()))
    path = "workload.classes.0.cache"
    fields = more_fields(scenario, catalogue, library, lambda at, _: kind if at == path else _)[
        "Traffic"
    ]
    edits = without_double_shares(changes(fields, {path: kind}))
    after = changed(scenario, edits).workload.classes[0]
    assert after.cache.kind == kind
    assert after.cached_share == 0
    assert 0 <= after.cached_prompt_share < 1  # a prefix too short to be cached gives none
    inputs = [f for f in fields if f.path.startswith(f"{path}.")]
    assert {f.path.removeprefix(f"{path}.") for f in inputs} == set(
        type(after.cache).model_fields
    ) - {"kind"}


def test_a_class_can_be_answered_by_another_model_today_and_come_back(library, catalogue):
    scenario = next(s for s in presets().values() if len(s.workload.classes) > 1)
    path = "workload.classes.1.today"
    edits = changes(every_field(scenario, library, catalogue), {path: "gpt-5.4-mini"})
    assert edits == {path: {"provider": "openai", "model": "gpt-5.4-mini"}}
    after = changed(scenario, edits)
    assert after.workload.classes[1].today == ApiOption(provider="openai", model="gpt-5.4-mini")
    same = changes(every_field(after, library, catalogue), {path: "gpt-5.4-mini"})
    assert same == {}
    back = changes(every_field(after, library, catalogue), {path: ""})
    assert changed(after, back) == scenario
