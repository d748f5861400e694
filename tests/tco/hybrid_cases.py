"""One scenario per kind of alternative, on the plain replica: small enough to work by hand.

A new kind of hybrid is entered here twice: as a case, and with what each side answers.
"""

API = {"name": "mixed", "self_hosted": "rented"}
WEEK = [1.0] * 84 + [3.0] * 84  # half of the hours carry 1.5 of the mean, half carry 0.5

CASES = {
    "api": ("openai/gpt-5.4/standard", {}),
    "api-other-model": ("openai/gpt-5.4-mini/standard", {}),
    "hosted": ("aws/meta.llama3-3-70b-instruct-v1:0/standard", {}),
    "rented": ("self-hosted/rented", {}),
    "rented-autoscaled": (
        "self-hosted/rented",
        {
            "workload.requests_per_month": 200_000_000.0,
            "workload.profile": WEEK,
            "fleet.autoscale": {
                "provision_minutes": 60.0,
                "load_minutes": 0.0,
                "hold_minutes": 60.0,
                "billing_minutes": 60.0,
            },
        },
    ),
    "spot-run-again": (
        "self-hosted/rented",
        {
            "self_hosted.0.rent": "coreweave/hgx-h100/na/spot",
            "self_hosted.0.interruption": {"lost_share": 0.2},
        },
    ),
    "spot-api-meanwhile": (
        "self-hosted/rented",
        {
            "self_hosted.0.rent": "coreweave/hgx-h100/na/spot",
            "self_hosted.0.interruption": {"lost_share": 0.2, "then": "baseline"},
        },
    ),
    "capacity-block": (
        "self-hosted/rented",
        {"self_hosted.0.rent": "aws/p5.48xlarge/us/capacity-block"},
    ),
    "three-years": (
        "self-hosted/rented",
        {
            "self_hosted.0.rent": "aws/p5.48xlarge/us-east-1/3-year",
            "self_hosted.0.paid_upfront": True,
        },
    ),
    "owned": ("self-hosted/owned", {"costs.install_share": 0.05}),
    "spill": (
        "hybrid/mixed",
        {
            "workload.requests_per_month": 200_000_000.0,
            "workload.profile": WEEK,
            "hybrids": [{**API, "kind": "spill", "instances": 1}],
        },
    ),
    "private-first": (
        "hybrid/mixed",
        {
            "hybrids": [
                {
                    **API,
                    "kind": "private-first",
                    "sensitive_share": 0.4,
                    "escalated_share": 0.5,
                    "summary_share": 0.25,
                }
            ]
        },
    ),
    "cost-tier": (
        "hybrid/mixed",
        {"hybrids": [{**API, "kind": "cost-tier", "cheap_share": 0.7, "misrouted_share": 0.1}]},
    ),
    "evaluation": (
        "hybrid/mixed",
        {
            "hybrids": [
                {
                    **API,
                    "kind": "evaluation",
                    "compared_share": 0.05,
                    "reviewed_share": 0.01,
                    "usd_per_review": 2.0,
                }
            ]
        },
    ),
    "fallback": (
        "hybrid/mixed",
        {"hybrids": [{**API, "kind": "fallback", "outage_share": 0.01, "reserved_share": 0.5}]},
    ),
    "fallback-to-api": (
        "hybrid/mixed",
        {"hybrids": [{**API, "kind": "fallback", "first": "self-hosted", "outage_share": 0.02}]},
    ),
    "specialist": (
        "hybrid/mixed",
        {
            "hybrids": [
                {
                    **API,
                    "kind": "specialist",
                    "acceptance_rate": 0.9,
                    "fine_tune_usd": 30_000.0,
                    "refresh_usd": 6_000.0,
                    "refresh_months": 6,
                }
            ]
        },
    ),
}
ANSWERED = (
    ({"kind": "spill"}, None),
    ({"kind": "spill", "instances": 1}, None),
    (
        {"kind": "private-first", "sensitive_share": 0.4, "escalated_share": 0.5},
        (0.4, 0.6 + 0.4 * 0.5 * 0.25),
    ),
    ({"kind": "cost-tier", "cheap_share": 0.7, "misrouted_share": 0.1}, (0.7, 0.3 + 0.7 * 0.1)),
    (
        {"kind": "cost-tier", "cheap_side": "api", "cheap_share": 0.6, "misrouted_share": 0.2},
        (0.4 + 0.6 * 0.2, 0.6),
    ),
    (
        {
            "kind": "evaluation",
            "compared_share": 0.1,
            "reviewed_share": 0.02,
            "usd_per_review": 2.0,
        },
        (0.1, 1.0),
    ),
    (
        {"kind": "fallback", "outage_share": 0.01, "reserved_share": 0.5},
        (0.01 * 0.5, 1 - 0.01 * 0.5),
    ),
    ({"kind": "fallback", "first": "self-hosted", "outage_share": 0.02}, (0.98, 0.02)),
    (
        {
            "kind": "specialist",
            "share": 0.8,
            "acceptance_rate": 0.9,
            "fine_tune_usd": 30_000.0,
            "refresh_usd": 6_000.0,
            "refresh_months": 6,
        },
        (0.8, 0.2 + 0.8 * 0.1),
    ),
)
"""Every kind of hybrid, with the answers of own servers and of the API to a request [1].

None where they follow from the hours: those of a base fleet are read off its bill.
"""
KINDS = tuple(kind for kind, _ in ANSWERED)
