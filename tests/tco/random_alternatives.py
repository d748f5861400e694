"""Random scenarios with every kind of alternative, from a seed."""

import numpy as np

from tco.question.files import changed
from tests.tco.hybrid_cases import API, KINDS, WEEK

RENTS = (
    "aws/p5.48xlarge/us-east-1/on-demand",
    "aws/p5.48xlarge/us-east-1/3-year",
    "aws/p5.48xlarge/us/capacity-block",
    "coreweave/hgx-h100/na/spot",
)
AUTOSCALE = {"provision_minutes": 30.0, "hold_minutes": 60.0, "billing_minutes": 60.0}
QUALITY = {"acceptance_rate": 0.8, "retries": 2, "usd_per_unaccepted": 0.02}


def random_alternatives(plain, seed):
    """Ten million to a billion requests on the plain replica, everything else by chance."""
    chance = np.random.default_rng(seed)

    def one_of(values):
        return values[int(chance.integers(len(values)))]

    rent = one_of(RENTS)
    chosen = chance.choice(len(KINDS), size=3, replace=False)
    changes = {
        "workload.requests_per_month": float(10 ** chance.uniform(6, 9)),
        "workload.growth_per_month": float(one_of((0.0, 0.02, -0.03, 0.1))),
        "workload.profile": one_of(("flat", WEEK)),
        "finance.horizon_months": int(chance.integers(1, 37)),
        "finance.discount_rate": float(one_of((0.0, 0.08, 0.2))),
        "finance.api_price_change_per_year": float(one_of((0.0, -0.3, 0.1))),
        "finance.gpu_price_change_per_year": float(one_of((0.0, -0.2))),
        "finance.wage_change_per_year": float(one_of((0.0, 0.04))),
        "finance.terms": one_of(("real", "nominal")),
        "finance.inflation_per_year": float(one_of((0.0, 0.03))),
        "finance.tax_rate": float(one_of((0.0, 0.25))),
        "fleet.spare_replicas": int(chance.integers(0, 3)),
        "fleet.autoscale": one_of((None, AUTOSCALE)),
        "baseline.quality": one_of((None, QUALITY)),
        "self_hosted.0.quality": one_of((None, QUALITY)),
        "self_hosted.0.rent": rent,
        "hybrids": [
            API
            | KINDS[place]
            | {"name": f"mixed {place}", "self_hosted": one_of(("rented", "owned"))}
            for place in chosen.tolist()
        ],
    }
    if rent.endswith("/spot"):
        then = one_of(("re-run", "baseline"))
        changes["self_hosted.0.interruption"] = {"lost_share": 0.15, "then": then}
    return changed(plain, changes)
