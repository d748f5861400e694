"""Random scenarios around those that ship, from a seed."""

import numpy as np

from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tests.tco.random_alternatives import AUTOSCALE

PATHS = {path.stem: path for path in preset_paths()}
EUROS = {"code": "EUR", "per_usd": 0.9, "as_of": "2026-11-24", "source": "ECB"}
CHANCES = {
    "workload.growth_per_month": (0.0, 0.03, -0.03, 0.1),
    "finance.api_price_change_per_year": (0.0, -0.4, -0.2, 0.1),
    "finance.gpu_price_change_per_year": (0.0, 0.0, -0.2),
    "finance.horizon_months": (1, 6, 12, 36, 60),
    "finance.tax_rate": (0.0, 0.25),
    "company.eu_domiciled": (False, True),
    "objective.mean_tpot_ms": (20.0, 50.0, 100.0),
    "objective.least_accepted_share": (None, None, None, None, 0.8),
    "fleet.spare_replicas": (0, 1, 1, 3),
    "fleet.autoscale": (None, None, None, AUTOSCALE),
    "currency": ({}, EUROS),
}
MEASURED = (
    {"acceptance_rate": 0.95},
    {"acceptance_rate": 0.4, "retries": 1, "usd_per_unaccepted": 0.01},
    None,
)
REGIONS = (None,) * 6 + ("eu", "us")
"""Of the data; what is sold elsewhere may then not be chosen."""


def shipped(stem):
    """A scenario that ships."""
    return load_scenario(PATHS[stem])


def random_preset(seed):
    """A shipped scenario with its volume, growth, prices, quality, money and horizon by chance."""
    chance = np.random.default_rng(seed)

    def one_of(values):
        return values[int(chance.integers(len(values)))]

    scenario = shipped(one_of(sorted(PATHS)))
    changes = {path: one_of(values) for path, values in CHANCES.items()}
    volume = scenario.workload.requests_per_month * float(10 ** chance.uniform(-2, 1.5))
    changes["workload.requests_per_month"] = volume
    changes["baseline.quality"] = one_of(MEASURED)
    for place, option in enumerate(scenario.self_hosted):
        changes[f"self_hosted.{place}.quality"] = one_of(MEASURED)
        if option.rent:
            changes[f"self_hosted.{place}.unfinished_term"] = one_of(("owed", "handed-back"))
    for place in range(len(scenario.apis)):
        changes[f"apis.{place}.quality"] = one_of(MEASURED)
    region = one_of(REGIONS)
    if region is not None:
        changes |= {"company.data_region": region, "baseline.residency": region}
    alone = chance.random()
    if alone < 0.4:
        changes = {path: value for path, value in changes.items() if not path.startswith("apis.")}
        changes |= {"apis": [], "hybrids": []}
    elif alone < 0.5:
        changes = {path: v for path, v in changes.items() if not path.startswith("self_hosted.")}
        changes |= {"self_hosted": [], "hybrids": []}
    return changed(scenario, changes)


OTHER_OFFERS = {
    ("deepinfra", "meta-llama/Llama-3.3-70B-Instruct-Turbo"): (
        "deepinfra",
        "meta-llama/Llama-3.3-70B-Instruct",
    ),
    ("novita", "meta-llama/llama-3.3-70b-instruct"): ("aws", "meta.llama3-3-70b-instruct-v1:0"),
}
"""Offers of the cases, which were stated before these were cheaper ones on record."""


def as_stated(stem):
    """A shipped scenario with the offers its cases were stated with."""
    scenario, apis = shipped(stem), []
    for api in scenario.apis:
        provider, model = OTHER_OFFERS.get((api.provider, api.model), (api.provider, api.model))
        if model != "gpt-6-luna":
            apis.append(api.model_dump(mode="json") | {"provider": provider, "model": model})
    return changed(scenario, {"apis": apis})
