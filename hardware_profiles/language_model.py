"""Language models: how large the weights are, what a token of context costs, who may use them."""

from typing import Final, Literal

from hardware_profiles.quantities import Gigabytes, KvElements, Parameters, Users
from pricing.provenance import Record, Source
from pricing.quantities import Count, TokenLimit, Whole

Precision = Literal["bf16", "fp8", "int4", "mxfp4"]
PRECISIONS: Final[tuple[Precision, ...]] = ("bf16", "fp8", "int4", "mxfp4")


class LanguageModel(Record):
    """Dimensions and licence of one open-weight model, text part only."""

    name: str
    hf_id: str
    layers: Whole
    hidden: Whole
    attention_heads: Whole
    kv_heads: Whole
    head_dim: Whole
    experts: Count
    """Routed experts of a mixture-of-experts layer; 0 for a dense model."""
    experts_active: Count
    """Routed experts that one token passes through; a shared expert is not counted."""
    moe_layers: Count
    params_total: Parameters
    params_active: Parameters
    max_context_tokens: TokenLimit
    weights_bf16_gb: Gigabytes | None = None
    weights_fp8_gb: Gigabytes | None = None
    weights_int4_gb: Gigabytes | None = None
    weights_mxfp4_gb: Gigabytes | None = None
    kv_growing_elements_per_token: KvElements
    """Keys and values kept for every token of context, in the layers that see all of it."""
    kv_local_elements_per_token: KvElements
    """Keys and values kept in local layers, for `kv_local_cap_tokens` tokens at most."""
    kv_local_cap_tokens: TokenLimit | None = None
    licence: str
    mau_limit: Users | None = None
    """Monthly active users above which the licensor must be asked; None where there is no limit."""
    multimodal: bool
    multimodal_eu_excluded: bool
    """The licence grants companies domiciled in the EU no rights to multimodal models."""
    source: Source

    def weights_gb(self, precision: Precision) -> float | None:
        """Size of the weights [GB]; None where the model is not published so."""
        sizes = {
            "bf16": self.weights_bf16_gb,
            "fp8": self.weights_fp8_gb,
            "int4": self.weights_int4_gb,
            "mxfp4": self.weights_mxfp4_gb,
        }
        return sizes[precision]

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """Precisions whose size is known."""
        return tuple(p for p in PRECISIONS if self.weights_gb(p) is not None)

    def kv_bytes_per_token(
        self, context_tokens: float = 0.0, *, bytes_per_element: float = 2.0
    ) -> float:
        """Keys and values of one sequence over its length [byte/token].

        With no length given every layer counts for every token, as an engine does that keeps
        whole contexts; otherwise local layers stop growing at their cap.
        """
        local = float(self.kv_local_elements_per_token)
        if self.kv_local_cap_tokens is not None and context_tokens > self.kv_local_cap_tokens:
            local *= self.kv_local_cap_tokens / context_tokens
        return (self.kv_growing_elements_per_token + local) * bytes_per_element
