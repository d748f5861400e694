"""Usage files of the tests: invoices of clouds, a meter a row."""

from tests.usage.truth import joined, total
from tests.usage.written import iso, table


def azure(requests):
    """S9: a meter a row, its length and class in its name, quantities in millions."""
    rows = []
    for key, group in joined(requests, "day").items():
        for beyond in (False, True):
            part = [r for r in group if (r.input > r.sale.edge) == beyond]
            fresh = total(part, "input") - total(part, "cached")
            for word, tokens in (
                ("Inp", fresh),
                ("Cd Inp", total(part, "cached")),
                ("Opt", total(part, "output")),
            ):
                length = "LongCo" if beyond else "ShortCo"
                rows.append(
                    {
                        "Date": key[0].date().isoformat(),
                        "MeterName": f"5.4 {length} {word} Std Gl 1M Tokens",
                        "Quantity": f"{tokens // 1_000_000}.{tokens % 1_000_000:06d}",
                        "PreTaxCost": "1.00",
                        "Currency": "EUR",
                        "ResourceLocation": "se central",
                    }
                )
    return "azure.csv", table(rows)


def aws(requests):
    """S10: a token type a row, quantities in thousands."""
    rows = [
        {
            "line_item_usage_start_date": iso(key[0]),
            "line_item_usage_type": f"USE1-Llama3-3-70B-{kind}-tokens",
            "line_item_usage_amount": f"{tokens // 1_000}.{tokens % 1_000:03d}",
            "pricing_unit": "1K tokens",
            "line_item_unblended_cost": "0.1",
        }
        for key, group in joined(requests, "hour").items()
        for kind, tokens in (("input", total(group, "input")), ("output", total(group, "output")))
    ]
    return "cur.csv", table(rows)
