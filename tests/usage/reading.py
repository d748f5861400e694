"""Usage files of the tests: written, read, and billed."""

from decimal import Decimal
from fractions import Fraction

from pricing.catalogue import Catalogue
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import open_usage

CATALOGUE = Catalogue.load()


def put(folder, files):
    """Write what a writer gives: one file, or several."""
    several = [files] if isinstance(files, tuple) else files
    for name, text in several:
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name, _ in several]


def billed(paths, *, shape="", columns=None, provider="", **terms):
    """Bill of some files."""
    sellers = Sellers(CATALOGUE, dict(columns.models) if columns else {}, provider)
    with open_usage(paths, shape=shape, columns=columns) as log:
        return usage_bill(log, sellers, BillTerms(**terms))


def exactly(amount: Fraction) -> Decimal:
    """Fraction of a finite decimal as that decimal."""
    scaled = amount * 10**15
    assert scaled.denominator == 1
    return Decimal(int(scaled)).scaleb(-15).normalize()
