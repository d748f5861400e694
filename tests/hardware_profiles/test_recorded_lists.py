"""Readers on lists as they were really recorded: what is taken of one, and what never is.

`aws_price_list_2025_09_12.csv` holds the lines above the header, the header and 13 lines of AWS's
price list for EC2 of that day, each as the list has it, from the sample of 39 lines that
github.com/jtdelia/ec2-priceit keeps at commit ae128cc09a45b1a757adc76719865449464133ab as
examples/3-global-pricing-file-sample.csv (no licence is named; prices are AWS's facts). None of
them reserves a machine with GPUs: the terms of an ordinary one stand for theirs.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from hardware_profiles.feeds.aws_list import read_aws_list
from hardware_profiles.feeds.azure_list import read_azure_list
from hardware_profiles.feeds.machines import FeedMachine, feed_machines
from hardware_profiles.feeds.recorded import FeedSource, Recorded
from pricing.errors import InputError

HERE = Path(__file__).parent


def recorded(path, form, provider, text, as_of):
    source = FeedSource(
        file=path.name,
        form=form,
        provider=provider,
        url="https://example.org/list",
        as_of=as_of,
        sha256="0" * 64,
    )
    return Recorded(source, text)


@pytest.fixture
def aws():
    """AWS's list with some words replaced, and what the reader takes of two machines in it."""

    def read(*replaced, as_of="2025-09-12"):
        path = HERE / "aws_price_list_2025_09_12.csv"
        text = path.read_text()
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        machines = {
            name: FeedMachine(
                provider="AWS", instance=name, accelerator="L4", gpus=1, regions=(region,)
            )
            for name, region in (("c6i.large", "ap-northeast-1"), ("m6id.2xlarge", "ca-central-1"))
        }
        return read_aws_list(recorded(path, "aws-ec2", "AWS", text, as_of), machines)

    return read


def prices(listing):
    return {(one.machine.instance, one.term): one.usd_per_instance_hour for one in listing.rents}


def test_of_recorded_lines_of_windows_and_of_dedicated_machines_nothing_is_taken(aws):
    assert aws().rents == ()


def test_of_recorded_lines_only_standard_terms_with_nothing_upfront_are_taken(aws):
    """Neither convertible terms, nor fees in advance, nor the 0.00 of a term paid in advance."""
    linux = aws(
        ('"Dedicated",,"Windows"', '"Shared",,"Linux"'),
        ('"Shared",,"Windows"', '"Shared",,"Linux"'),
        ('"SQL Web"', '"NA"'),
        ('"SQL Std"', '"NA"'),
    )
    assert prices(linux) == {
        ("c6i.large", "1-year"): Decimal("0.2372200000"),
        ("c6i.large", "3-year"): Decimal("0.2132400000"),
        ("m6id.2xlarge", "1-year"): Decimal("1.6614000000"),
    }


def test_a_list_speaks_of_the_machines_and_regions_that_it_reserves(aws):
    listing = aws()
    assert listing.instances == {"c6i.large", "m6id.2xlarge"}
    assert listing.regions == {"ap-northeast-1", "ca-central-1"}  # not where a line is on demand


def test_the_recorded_list_is_of_the_day_above_its_header(aws):
    with pytest.raises(InputError, match=r"Publication Date.*2025-09-12T22:53:08Z"):
        aws(as_of="2025-09-13")


def test_of_recorded_answers_of_azure_only_reservations_are_taken():
    """Not what is used by the hour, at low priority, as spot or for development."""
    machines = dict(feed_machines().of("Azure"))
    listings = [
        read_azure_list(recorded(path, "azure-retail", "Azure", path.read_text(), "2026"), machines)
        for path in sorted((HERE / "extracts").glob("azure-retail-*.json"))
    ]
    assert [listing.regions for listing in listings] == [{"eastus"}, {"eastus2"}]
    assert prices(listings[0]) | prices(listings[1]) == {
        ("ND96isr_H100_v5", "1-year"): Decimal("62.924772"),
        ("ND96isr_H100_v5", "3-year"): Decimal("43.162481"),
        ("NC48ads_A100_v4", "1-year"): Decimal("4.802055"),
        ("NC48ads_A100_v4", "3-year"): Decimal("2.726104"),
    }
