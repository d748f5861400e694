"""Random scenarios whose options are financed, committed to and moved to in every way there is."""

import numpy as np

from tco.question.files import changed
from tco.question.keys import api_key
from tests.tco.random_alternatives import random_alternatives


def financed(plain, seed):
    """A random scenario with machines paid ahead, owed, bought again and written off."""
    chance = np.random.default_rng([seed, 19])

    def one_of(*values):
        return values[int(chance.integers(len(values)))]

    scenario = random_alternatives(plain, seed)
    term = scenario.self_hosted[0].rent.rpartition("/")[2] in {"3-year", "capacity-block"}
    changes = {
        **one_of(
            {"finance.gpu_price_change_per_year": one_of(0.0, -0.4, 0.6)},
            {
                "finance.gpu_price_change_per_year": 0.0,
                "finance.gpu_price_steps": [
                    {"from_month": 2, "factor": one_of(0.5, 3.0)},
                    {"from_month": 14, "factor": one_of(0.2, 1.5)},
                ],
            },
            {
                "finance.api_price_change_per_year": 0.0,
                "finance.api_price_steps": [{"from_month": 13, "factor": 0.4}],
            },
        ),
        **one_of(
            {"finance.depreciation_years": one_of(None, 1.0, 5.0)},
            {"finance.depreciation": "macrs", "finance.depreciation_years": one_of(None, 3.0)},
        ),
        "finance.bonus_depreciation_share": one_of(0.0, 0.4, 1.0),
        "assume": one_of("frugal", "typical", "careful"),
        "costs.useful_life_years": one_of(0.5, 2.0, 4.0),
        "costs.residual_share": one_of(0.0, 0.15, 1.0),
        "costs.install_share": one_of(0.0, 0.1),
    }
    if term:
        changes["self_hosted.0.paid_upfront"] = one_of(None, True, False)
        changes["self_hosted.0.unfinished_term"] = one_of("owed", "handed-back")
    return with_every_term(changed(scenario, changes), chance)


def with_every_term(scenario, chance):
    """Options of the scenario again: in steps, there already, leased, on credit, committed to."""

    def one_of(*values):
        return values[int(chance.integers(len(values)))]

    options = [option.model_dump(exclude_none=True) for option in scenario.self_hosted]
    stepwise = [
        option
        | {"name": f"{option['name']} in steps", "rollout": a_rollout(scenario, option, chance)}
        for option in options
    ]
    there = {
        "servers": one_of(1, 3, 50),
        "age_years": one_of(0.0, 0.3, 0.9) * scenario.costs.useful_life_years,
        "market_usd": one_of(None, 20_000.0, 250_000.0),
    }
    loan = {
        "share": one_of(0.3, 1.0),
        "months": one_of(3, 24, 60),
        "rate_per_year": one_of(0.0, 0.06, 0.3),
    }
    on_credit = one_of({}, {"loan": loan})
    kept = [
        option | on_credit | {"name": f"{option['name']}, some there", "already_owned": there}
        for option in (options[1], stepwise[1])
    ]
    lease = {
        "months": one_of(3, 12, 36),
        "deposit_months": one_of(0, 2),
    } | one_of({"rate_per_year": 0.0}, {"rate_per_year": 0.09}, {"usd_per_server_month": 9_000.0})
    unfinished = {"unfinished_term": one_of("owed", "handed-back")}
    leased = [
        option | unfinished | {"name": f"{option['name']}, leased", "lease": lease}
        for option in (options[1], stepwise[1])
    ]
    borrowed = [
        option | {"name": f"{option['name']}, on credit", "loan": loan}
        for option in (options[1], stepwise[1])
    ]
    promised = {
        "usd_per_period": float(10 ** chance.uniform(4, 7)),
        "period_months": one_of(1, 12, 30),
        "prepaid": one_of(False, True),
    }
    apis = [option.model_dump(exclude_none=True) for option in scenario.apis]
    committing = apis[int(chance.integers(len(apis)))] | {"commitment": promised}
    own = {"usd_per_unit_hour": 1.0, "input_tokens_per_minute_per_unit": 2_400, "output_ratio": 6}
    reserving = apis[0] | {"provisioned": own | {"units": one_of(1, 50, 5_000)}}
    return changed(
        scenario,
        {
            "self_hosted": [*options, *stepwise, *kept, *leased, *borrowed],
            "apis": [*apis, committing, reserving],
        },
    )


def a_rollout(scenario, option, chance):
    """Steps within the horizon, over what answers today or another API."""
    months = scenario.finance.horizon_months
    starts = sorted(chance.choice(np.arange(1, months + 1), min(3, months), replace=False).tolist())
    shares = [0.25, 0.6, 1.0][-len(starts) :]
    away = option.get("interruption", {}).get("then") == "baseline"
    apis = ["baseline", *(() if away else (api_key(api) for api in scenario.apis))]
    if option["name"] == "owned":
        apis.append("self-hosted/rented")  # refused where that is taken for a term
    return {
        "moved": [{"from_month": m, "share": s} for m, s in zip(starts, shares, strict=True)],
        "meanwhile": apis[int(chance.integers(len(apis)))],
    }
