"""Scenarios no one would write by hand, for laws that hold of every scenario."""

from hypothesis import strategies as st

from tco.question.files import changed
from tco.question.presets import presets

TURNS = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Refused as control characters are."""
PRESETS = tuple(presets().values())
TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters=TURNS),
    min_size=1,
    max_size=80,
)
MARKUP = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</title></style><svg onload=alert(1)>",
        "&lt;b&gt; & <!-- -->",
        "'\"` ]]> <![CDATA[",
        "=1+1",
        '=HYPERLINK("x","y")',
        "@SUM(A1)",
        "+1",
        "-1",
        "{=A1}",
        "http://example.org",
        "1e3",
    ]
)
NAMES = TEXT | MARKUP


def fraction(low=0.0, high=1.0):
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "note": NAMES,
        "workload.requests_per_month": st.floats(1.0, 1e10),
        "workload.growth_per_month": fraction(-0.2, 0.03),
        "workload.peak_within_hour": fraction(1.0, 20.0),
        "workload.profile": st.lists(fraction(0.01, 5.0), min_size=168, max_size=168),
        "workload.classes.0.name": NAMES,
        "workload.classes.0.source": NAMES,
        "workload.classes.0.cached_share": fraction(),
        "workload.classes.0.llama_tokens_per_gpt_token": fraction(0.5, 2.0),
        "baseline.contract_discount": fraction(0.0, 0.9),
        "self_hosted.0.name": NAMES,
        "self_hosted.0.usd_per_gpu_hour": fraction(0.05, 100.0),
        "objective.mean_ttft_ms": fraction(1.0, 600_000.0),
        "fleet.allowed_load": fraction(0.01, 1.0),
        "fleet.spare_replicas": st.integers(0, 5),
        "finance.horizon_months": st.integers(1, 120),
        "finance.discount_rate": fraction(),
        "costs.observability_usd_per_month": st.floats(0.0, 1e6),
        "costs.engineer_usd_per_month": st.floats(0.0, 1e5),
        "company.eu_domiciled": st.booleans(),
    },
)


def questions():
    """Worked scenarios with any of their values changed."""
    return st.builds(changed, st.sampled_from(PRESETS), CHANGES)
