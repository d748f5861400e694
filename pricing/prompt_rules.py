"""How sellers count the tokens of a prompt: what a cache holds, and what an image becomes."""

from decimal import Decimal
from functools import cache
from importlib.resources import files

from pydantic import Field

from pricing.package_files import read_toml
from pricing.provenance import Record, Source
from pricing.quantities import RequestsPerMinute, Whole


class CacheRule(Record):
    """What a hit in a seller's prompt cache reads."""

    minimum_prefix_tokens: Whole
    """Shortest prompt that is cached [token]."""
    prefix_step_tokens: Whole
    """Reads are whole multiples of this, rounded down [token]."""
    requests_per_minute_per_machine: RequestsPerMinute
    """Above about this rate one prefix spills over to further machines, each cold."""
    source: str


class PatchRule(Record):
    """How one model counts the patches of an image."""

    model: str
    detail: str
    most_patches: Whole
    """Larger images are scaled down until they fit."""
    tokens_per_patch: Decimal = Field(gt=0, le=100)


class ImageRules(Record):
    """Patches of images as tokens."""

    patch_pixels: Whole
    """Side of a patch [pixel]."""
    source: str
    patches: tuple[PatchRule, ...]


class PromptRules(Record):
    """The file of counting rules."""

    sources: dict[str, Source]
    prompt_cache: CacheRule
    images: ImageRules


@cache
def load_prompt_rules() -> PromptRules:
    """Read the packaged rules."""
    return PromptRules.model_validate(read_toml(files("pricing") / "data" / "prompt_rules.toml"))
