"""The tables of docs/published-figures.md, from the product's own arithmetic."""

from tco.bill.owned_machines import owned_machines
from tco.facts.cost_facts import CostFacts
from tco.question.terms import Costs, Finance

GPU_HOURS = 730 * 8
SEMIANALYSIS = {
    # per GPU-hour, with a hyperscaler's costs and a neocloud's; InferenceX, 2026-04-03
    "lenovo/8x-h100": (1.30, 1.69),
    "lenovo/8x-h200": (1.41, 1.74),
    "lenovo/8x-b200": (1.95, 2.34),
}
PARTS = ("capital", "support", "electricity", "colocation")


def owned_per_gpu_hour(data, server_id, finance=None, **costs):
    """Each part of owning a server for its whole life [USD/GPU-h]."""
    server = data.library.purchase(server_id)
    facts = CostFacts(Costs(**costs), data.library)
    life = {"horizon_months": round(12 * facts.known("useful_life_years"))}
    lines = owned_machines(server, (finance or Finance()).model_copy(update=life), facts, 1.0)
    return {line.key: line.cost_usd / GPU_HOURS for line in lines if line.cost_usd is not None}


def semianalysis_table(data):
    """Ours, part by part, beside the two published totals."""
    rows = [
        "| server | capital | support | electricity | space | ours | SemiAnalysis | ours over it |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for server, (hyperscaler, neocloud) in SEMIANALYSIS.items():
        parts = owned_per_gpu_hour(data, server)
        total = sum(parts.values())
        shown = " | ".join(f"{parts[part]:.2f}" for part in PARTS)
        rows.append(
            f"| {server} | {shown} | {total:.2f} | {hyperscaler:.2f} to {neocloud:.2f} "
            f"| {total / neocloud:.2f} |"
        )
    return "\n".join(rows)
