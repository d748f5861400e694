"""The largest question the schema takes: as many alternatives, classes and months as may be."""

from tco.question.files import document_of
from tco.question.presets import presets

MOST_REQUESTS = 1e12
DEFAULT = next(iter(presets().values()))


def fastest_growth(months, requests=DEFAULT.workload.requests_per_month):
    """Growth at which the last month just stays within the limit of requests."""
    return (MOST_REQUESTS / requests) ** (1 / (months - 1)) - 1 - 1e-9


def largest(requests=DEFAULT.workload.requests_per_month):
    """Document of as many alternatives, classes and months as there may be."""
    document = document_of(DEFAULT)
    first, kind = document["baseline"], document["workload"]["classes"][0]
    own = [option.model_dump(mode="json", exclude_none=True) for option in DEFAULT.self_hosted]
    return {
        **document,
        "apis": [{**first, "contract_discount": 0.001 * (i + 1)} for i in range(20)],
        "self_hosted": [{**own[i % len(own)], "name": f"o{i}"} for i in range(12)],
        "hybrids": [{"kind": "spill", "name": f"h{i}", "self_hosted": f"o{i}"} for i in range(8)],
        "workload": {
            **document["workload"],
            "requests_per_month": requests,
            "growth_per_month": fastest_growth(120, requests),
            "classes": [{**kind, "name": f"c{i}", "share": 0.05} for i in range(20)],
        },
        "finance": {"horizon_months": 120},
    }
