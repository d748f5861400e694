"""Names in a log into offers on record: by the names sellers use, never by likeness."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pricing.catalogue import Catalogue
from pricing.errors import Problem
from pricing.offer import Offer
from pricing.refusal import PriceRefusedError, UnknownModelError

MAKERS: Final = ("openai", "anthropic", "google", "x-ai", "mistral", "deepseek")
"""Sellers of their own models: where a file names no seller, the maker's price is taken."""
PROVIDER_WORDS: Final = {
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "az.ai.openai": "azure",
    "az.ai.inference": "azure",
    "aws.bedrock": "aws",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "vertex",
    "x_ai": "x-ai",
    "mistral_ai": "mistral",
}
"""Sellers as the semantic conventions of OpenTelemetry name them."""
STANDARD_WORDS: Final = frozenset({"on_demand", "on-demand", "std", "standard_only"})
"""Words of exports for the tier that sellers call standard."""


@dataclass(slots=True)
class Sellers:
    """Looks names up, each once."""

    catalogue: Catalogue
    own_names: Mapping[str, str] = field(default_factory=dict)
    """Names of the user, such as those of deployments, to ``provider/model``."""
    provider: str = ""
    """Seller of rows that name none; empty: the maker of the model."""
    _found: dict[tuple[str, str], Offer | PriceRefusedError] = field(default_factory=dict)

    def offer(self, provider: str, model: str) -> Offer:
        """Offer that a row means.

        Raises
        ------
        PriceRefusedError
            No seller on record has the model by that name.
        """
        key = (provider.strip(), model.strip())
        if key not in self._found:
            try:
                self._found[key] = self._look_up(*key)
            except PriceRefusedError as refusal:
                self._found[key] = refusal
        found = self._found[key]
        if isinstance(found, PriceRefusedError):
            raise found
        return found

    def _look_up(self, provider: str, model: str) -> Offer:
        meant = self.own_names.get(model, "")
        if meant:
            provider, _, model = meant.partition("/")
        if not model:
            remedy = "Leave it out, or name it with --map."
            raise UnknownModelError(Problem("model", "", "the row names no model", remedy))
        before, _, after = model.partition("/")
        seller = PROVIDER_WORDS.get(provider.lower(), provider) or self.provider
        if seller:
            try:
                return self.catalogue.offer(seller, model)
            except UnknownModelError:
                if not after or not self._is_seller(before):
                    raise
                return self.catalogue.offer(seller, after)
        if after and self._is_seller(before):
            return self.catalogue.offer(before, after)
        return self._of_its_maker(model)

    def _is_seller(self, name: str) -> bool:
        known = {*self.catalogue.providers, *self.catalogue.provider_aliases}
        return name.strip().lower() in known

    def _of_its_maker(self, model: str) -> Offer:
        name = model.lower()
        makers = [maker for maker in MAKERS if name in self.catalogue.names(maker)]
        if len(makers) != 1:
            limit = "the row names no seller, and no maker of models sells this one"
            remedy = "Say the seller with --provider, or name the model with --map."
            raise UnknownModelError(Problem("model", model, limit, remedy))
        return self.catalogue.offer(makers[0], model)


def tier_word(tier: str) -> str:
    """Word for a tier as the catalogue knows it; empty is the standard tier."""
    word = tier.strip().lower()
    return "standard" if not word or word in STANDARD_WORDS else word
