"""What the pricing tests share."""

from datetime import date

import pytest

from pricing.catalogue import Catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The packaged catalogue."""
    return Catalogue.load()


@pytest.fixture(scope="session")
def today(catalogue: Catalogue) -> date:
    """The day the packaged catalogue was made: no test depends on the clock."""
    return catalogue.generated_on
