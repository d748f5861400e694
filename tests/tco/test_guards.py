"""What the answer refuses because of who you are."""

import pytest

from hardware_profiles.region import lies_in, region_name
from pricing.errors import InputError, PriceError
from tco.answer.evaluation import evaluate
from tco.bill.eligibility import machine_region_findings
from tco.facts.resolve import resolve
from tco.question.files import changed

EU = {"company.data_region": "eu", "baseline.residency": "eu"}


def test_an_option_that_may_leave_the_region_is_refused(plain_scenario, plain_data):
    evaluation = evaluate(changed(plain_scenario, EU), plain_data)
    assert evaluation.alternatives[0].refused is None
    mini = evaluation.alternative("openai/gpt-5.4-mini/standard")
    assert mini.refused.code == "residency"
    assert mini.monthly_usd is None
    assert mini.lines == ()
    rented = evaluation.alternative("self-hosted/rented")
    assert rented.refused.code == "machine-region"
    assert "us-east-1" in rented.refused.message
    assert rented.lines == ()


def test_staying_costs_a_tenth_more_in_the_region(plain_scenario, plain_data):
    def tokens(scenario):
        lines = evaluate(scenario, plain_data).alternatives[0].lines
        return sum(line.cost_usd for line in lines if line.group == "tokens")

    assert tokens(changed(plain_scenario, EU)) == pytest.approx(1.1 * tokens(plain_scenario))


def test_a_baseline_outside_the_region_is_refused_with_the_remedy(plain_scenario, plain_data):
    with pytest.raises(PriceError, match=r"residency 'global' \(got GPT-5\.4\)\. Set residency"):
        evaluate(changed(plain_scenario, {"company.data_region": "eu"}), plain_data)


def test_llama_4_is_refused_to_a_company_in_the_eu(plain_data):
    from tco.facts.data import Data
    from tco.question.files import load_scenario
    from tco.question.presets import preset_paths

    documents = next(p for p in preset_paths() if p.stem == "rag")
    scenario = changed(load_scenario(documents), {"company.eu_domiciled": True})
    evaluation = evaluate(scenario, Data.shipped())
    theirs = [a for a in evaluation.alternatives if a.model.startswith("Llama 4")]
    assert {a.kind for a in theirs} >= {"hosted", "rented", "owned"}
    assert {a.refused.code for a in theirs} == {"licence-eu"}


WORDS = {"eu": ("eu", "EU", " Eu ", "European Union"), "eea": ("eea", "EEA"), "us": ("us", "USA")}
PLACES = {  # of rental offers and data centres, by what holds them
    "eu": ("eu-central-1", "europe-west4", "westeurope", "EU", "eu/us"),
    "eea": ("norwayeast", "eu", "eu-west-1", "francecentral"),
    "us": ("us-east-1", "us-central1", "eastus2", "us-east-1-dfw", "US"),
}
ELSEWHERE = {
    "eu": ("eu-west-2", "europe-west6", "uksouth", "eu-central-2", "norwayeast", "us", "global"),
    "eea": ("uksouth", "switzerlandnorth", "us-east-1", "global"),
    "us": ("NA", "ca-central-1", "eu", "eu/na", "global"),
}


@pytest.mark.parametrize("wanted", WORDS)
def test_a_region_is_understood_however_it_is_written(wanted, plain_data):
    regions = plain_data.library.regions
    for word in WORDS[wanted]:
        assert all(lies_in(place, word, regions) for place in PLACES[wanted])
        assert not any(lies_in(place, word, regions) for place in ELSEWHERE[wanted])


def test_every_region_lies_in_itself_and_in_what_holds_it(plain_data):
    library = plain_data.library
    named = {offer.region for offer in library.rentals.values()} | library.regions.keys()
    for name in named - {"eu/na", "eu/us"}:
        assert lies_in(name, name, library.regions)
    for region in library.regions.values():
        if region.inside is not None:
            assert lies_in(region.name, region.inside, library.regions)
            assert not lies_in(region.inside, region.name, library.regions)


@pytest.mark.parametrize("wanted", ["EU", "us", "EEA", "us-east-1"])
def test_whatever_may_leave_the_region_is_refused_alike(plain_scenario, plain_data, wanted):
    """Rented in any region on record, owned wherever it stands: inside or refused."""
    library = plain_data.library
    offers = library.offers(accelerator="H100 SXM", min_gpus=2)
    rents = {offer.region: offer.id for offer in offers}
    assert len(rents) > 3
    base = {
        "company.data_region": wanted,
        "baseline.residency": "eu" if wanted[0] == "E" else "us",
        "apis": [],
    }
    if wanted == "us-east-1":
        with pytest.raises(PriceError, match="residency"):
            evaluate(changed(plain_scenario, base), plain_data)
        return
    for region, rent in rents.items():
        scenario = changed(plain_scenario, base | {"self_hosted.0.rent": rent})
        found = evaluate(scenario, plain_data).alternative("self-hosted/rented")
        inside = lies_in(region, wanted, library.regions)
        assert (found.refused is None) == inside, (region, found.findings)
    for region in ("us-east-1", "francecentral", "uksouth", None):
        scenario = changed(plain_scenario, base | {"self_hosted.1.region": region})
        found = evaluate(scenario, plain_data).alternative("self-hosted/owned")
        inside = region is None or lies_in(region, wanted, library.regions)
        assert (found.refused is None) == inside, region
        assert any(f.code == "machine-region" for f in found.findings) == (
            region is None or not inside
        )


def test_only_who_may_choose_the_place_may_name_it(plain_scenario, plain_data):
    asked = {"company.data_region": "eu", "baseline.residency": "eu", "apis": []}
    for rent, allowed in (
        ("lambda/8x-h100-sxm/global/on-demand", True),
        ("aws/p5.48xlarge/us-east-1/on-demand", False),
    ):
        option = {"self_hosted.0.rent": rent, "self_hosted.0.region": "eu-west-1"}
        evaluation = evaluate(changed(plain_scenario, asked | option), plain_data)
        refused = evaluation.alternative("self-hosted/rented").refused
        assert (refused is None) == allowed, refused


@pytest.mark.parametrize("region", ["EU-West-1", " eu-west-1 ", "European Union"])
def test_where_machines_stand_is_known_however_it_is_written(plain_scenario, plain_data, region):
    """As the region that data must stay in is, and the one that a provider promises."""
    asked = {"company.data_region": "eu", "baseline.residency": "eu", "apis": []}
    scenario = changed(plain_scenario, asked | {"self_hosted.1.region": region})
    assert scenario.self_hosted[1].region == region_name(region)
    assert evaluate(scenario, plain_data).alternative("self-hosted/owned").refused is None


@pytest.mark.parametrize("region", ["eu-west-1/us-east-1", "us/eu", "", " ", "/"])
def test_machines_stand_in_one_region(plain_scenario, region):
    """Of several parted by a stroke one is enough to lie inside: a place of one's own is one."""
    with pytest.raises(InputError, match="region"):
        changed(plain_scenario, {"self_hosted.1.region": region})


@pytest.mark.parametrize(
    ("rent", "wanted", "said"),
    [
        ("aws/p5.48xlarge/us-east-1/on-demand", "eu", "which is outside it"),
        ("aws/p5.48xlarge/eu-west-2/on-demand", "eu", "which is outside it"),
        ("aws/p5.48xlarge/eu-north-1/on-demand", "us", "which is outside it"),
        ("aws/p5.48xlarge/us/capacity-block", "us-east-1", "which may be outside it"),
        ("aws/p5.48xlarge/us-east-1/on-demand", "Bavaria", "which may be outside it"),
        ("lambda/8x-h100-sxm/global/on-demand", "eu", "which may be outside it"),
    ],
)
def test_what_is_certainly_outside_is_said_so(plain_scenario, plain_data, rent, wanted, said):
    scenario = changed(plain_scenario, {"apis": [], "self_hosted.0.rent": rent})
    hosts = resolve(scenario, plain_data.catalogue, plain_data.library).hosts
    company = scenario.company.model_copy(update={"data_region": wanted})
    (found,) = machine_region_findings(hosts[0], company, plain_data.library.regions)
    assert found.severity == "refused"
    assert said in found.message


def test_machines_offered_in_many_regions_are_not_said_to_stand_in_one(plain_scenario, plain_data):
    asked = {
        "company.data_region": "eu",
        "baseline.residency": "eu",
        "apis": [],
        "self_hosted.0.rent": "lambda/8x-h100-sxm/global/on-demand",
    }
    evaluation = evaluate(changed(plain_scenario, asked), plain_data)
    refused = evaluation.alternative("self-hosted/rented").refused
    assert refused is not None
    assert "are offered in 'global', which may be outside it" in refused.message
    assert "stand in" not in refused.message
