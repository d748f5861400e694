"""Language models: how large the weights are, what a token of context costs, who may use them."""

from typing import Final, Literal, Self

from pydantic import model_validator

from hardware_profiles.quantities import Gigabytes, KvElements, Parameters, Users
from pricing.clashes import ClashError
from pricing.provenance import Record, Source
from pricing.quantities import Count, TokenLimit, Whole
from pricing.units import BYTES_PER_GB

Precision = Literal["bf16", "fp8", "int4", "mxfp4", "nvfp4"]
BYTES_PER_PARAMETER: Final[dict[Precision, float]] = {
    "bf16": 2.0,
    "fp8": 1.0,
    "int4": 4.25 / 8,
    "mxfp4": 4.25 / 8,
    "nvfp4": 4.5 / 8,
}
"""Of a quantised matrix, its scales included [byte]."""
PRECISIONS: Final[tuple[Precision, ...]] = ("bf16", "fp8", "int4", "mxfp4", "nvfp4")

_PARTS: Final = (
    ("experts_active", "experts"),
    ("params_active", "params_total"),
    ("moe_layers", "layers"),
    ("kv_heads", "attention_heads"),
)
"""Fields of a model of which the first counts a part of the second."""
LEAST_BYTES_PER_PARAMETER: Final[dict[Precision, float]] = {
    "bf16": 1.8,
    "fp8": 0.9,
    "int4": 0.45,
    "mxfp4": 0.45,
    "nvfp4": 0.45,
}
"""Of weights as a whole [byte]: nine tenths of those of a matrix without its scales."""
MOST_BYTES_PER_PARAMETER: Final = 4.5
"""Of weights in any precision [byte]: full floats with what lies beside them."""
LEAST_ACTIVE_SHARE: Final = 0.5
"""Of the parameters of a dense model [1]: those a token passes by are embeddings of others."""


class LanguageModel(Record):
    """Dimensions and licence of one open-weight model, text part only."""

    name: str
    hf_id: str
    layers: Whole
    """Layers of the decoder."""
    hidden: Whole
    """Width of the hidden state."""
    attention_heads: Whole
    """Heads of queries."""
    kv_heads: Whole
    """Heads of keys and values; 1 for latent attention, whose one latent serves every head."""
    head_dim: Whole
    """Width of a head."""
    experts: Count
    """Routed experts of a mixture-of-experts layer; 0 for a dense model."""
    experts_active: Count
    """Routed experts that one token passes through; a shared expert is not counted."""
    moe_layers: Count
    params_total: Parameters
    """Parameters in all."""
    params_active: Parameters
    """Parameters that one token passes through."""
    max_context_tokens: TokenLimit
    """Longest context it reads."""
    weights_bf16_gb: Gigabytes | None = None
    """Weights in bf16; not known where left out."""
    weights_fp8_gb: Gigabytes | None = None
    """Weights in fp8."""
    weights_int4_gb: Gigabytes | None = None
    """Weights in four-bit integers."""
    weights_mxfp4_gb: Gigabytes | None = None
    """Weights in MXFP4."""
    weights_nvfp4_gb: Gigabytes | None = None
    """Weights in NVFP4."""
    kv_growing_elements_per_token: KvElements
    """Keys and values kept for every token of context, in the layers that see all of it."""
    kv_local_elements_per_token: KvElements
    """Keys and values kept in local layers, for `kv_local_cap_tokens` tokens at most."""
    kv_local_cap_tokens: TokenLimit | None = None
    """Window of the local layers."""
    licence: str
    mau_limit: Users | None = None
    """Monthly active users above which the licensor must be asked; None where there is no limit."""
    multimodal: bool
    multimodal_eu_excluded: bool
    """The licence grants companies domiciled in the EU no rights to multimodal models."""
    source: Source

    @model_validator(mode="after")
    def _parts_are_no_more_than_the_whole(self) -> Self:
        for part, whole in _PARTS:
            if getattr(self, part) > getattr(self, whole):
                limit = f"must not exceed {whole} {getattr(self, whole)}"
                raise ClashError(part, getattr(self, part), limit, "Correct one of them.")
        return self

    @model_validator(mode="after")
    def _experts_are_those_of_its_parameters(self) -> Self:
        if not self.experts:
            return self._dense()
        routed, active = self.experts, self.experts_active
        if not 0 < active < routed:
            limit = f"must be 1 to {routed - 1}, of {routed} experts"
            raise ClashError("experts_active", active, limit, "Correct one of them.")
        if not self.moe_layers:
            limit = f"must be 1 to layers {self.layers}, for {routed} experts lie in some"
            raise ClashError("moe_layers", 0, limit, "Count the layers that hold experts.")
        least = self.params_total * active / routed
        if not least <= self.params_active < self.params_total:
            limit = (
                f"must be at least {least:.0f} and below params_total {self.params_total}, for a "
                f"token passes through {active} of {routed} experts"
            )
            raise ClashError("params_active", self.params_active, limit, "Correct one of them.")
        return self

    def _dense(self) -> Self:
        if self.moe_layers:
            limit = "must be 0 where experts is 0"
            raise ClashError("moe_layers", self.moe_layers, limit, "Give experts, or leave it out.")
        if self.params_active < LEAST_ACTIVE_SHARE * self.params_total:
            limit = (
                f"must be at least half of params_total {self.params_total}, for without experts "
                "a token passes through all of it"
            )
            remedy = "Give experts, experts_active and moe_layers of a mixture."
            raise ClashError("params_active", self.params_active, limit, remedy)
        return self

    @model_validator(mode="after")
    def _keeps_something_of_a_token(self) -> Self:
        least = self.kv_heads * self.head_dim
        most = 2 * self.layers * self.attention_heads * self.head_dim
        kept = self.kv_growing_elements_per_token + self.kv_local_elements_per_token
        if not least <= kept <= most:
            limit = (
                f"must be, local ones counted in, {least} (a head of one layer) to {most} (keys "
                "and values of every head in every layer)"
            )
            remedy = "Count elements of all layers, not bytes, and not those of one layer."
            given = self.kv_growing_elements_per_token
            raise ClashError("kv_growing_elements_per_token", given, limit, remedy)
        if self.kv_local_elements_per_token and self.kv_local_cap_tokens is None:
            limit = "is required where layers see a window"
            raise ClashError("kv_local_cap_tokens", None, limit, "Add the length of the window.")
        return self

    @model_validator(mode="after")
    def _weights_are_those_of_its_parameters(self) -> Self:
        full = self.weights_bf16_gb
        for precision in self.precisions:
            key, size = f"weights_{precision}_gb", self.weights_gb(precision) or 0.0
            each = size * BYTES_PER_GB / self.params_total
            least = LEAST_BYTES_PER_PARAMETER[precision]
            if not least <= each <= MOST_BYTES_PER_PARAMETER:
                limit = (
                    f"must be {least} to {MOST_BYTES_PER_PARAMETER} bytes for each of "
                    f"{self.params_total} parameters"
                )
                raise ClashError(key, size, limit, "Check unit and precision.")
            if full is not None and size > full:
                limit = f"must not exceed weights_bf16_gb {full:g}"
                raise ClashError(key, size, limit, "Correct one of them.")
        return self

    def weights_gb(self, precision: Precision) -> float | None:
        """Size of the weights [GB]; None where the model is not published so."""
        sizes = {
            "bf16": self.weights_bf16_gb,
            "fp8": self.weights_fp8_gb,
            "int4": self.weights_int4_gb,
            "mxfp4": self.weights_mxfp4_gb,
            "nvfp4": self.weights_nvfp4_gb,
        }
        return sizes[precision]

    def routed_gb(self, precision: Precision) -> float:
        """Size of all routed experts [GB]; 0 for a dense model.

        Parameters that one token skips are the experts it is not routed to, so all of them are
        ``(total - active) / (1 - k/E)``. Experts are kept in no more bytes than the rest is, so
        theirs are at most those of the weights as a whole.
        """
        if not self.experts:
            return 0.0
        skipped = self.params_total - self.params_active
        routed = skipped / (1 - self.experts_active / self.experts)
        each = BYTES_PER_PARAMETER[precision]
        if (whole := self.weights_gb(precision)) is not None:
            each = min(each, whole * BYTES_PER_GB / self.params_total)
        return routed * each / BYTES_PER_GB

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """Precisions whose size is known."""
        return tuple(p for p in PRECISIONS if self.weights_gb(p) is not None)

    def kv_copies(self, gpus: int) -> float:
        """Times that `gpus` accelerators keep the keys and values of one token between them [1].

        Each accelerator keeps the heads that its query heads need. With as many heads of keys and
        values as accelerators, or more, each head is kept once; with fewer, each is kept by
        ``gpus / kv_heads`` of them. A latent (kv_heads = 1) is kept whole by every one (vLLM,
        ``ModelConfig.get_num_kv_heads``: ``max(1, kv_heads // tensor_parallel_size)``).
        """
        return max(1.0, gpus / self.kv_heads)

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


def model_name(name: str) -> str:
    """Name of a model as those are compared that different sellers write.

    Examples
    --------
    >>> model_name("Qwen3 235B A22B") == model_name("Qwen3-235B-A22B")
    True
    """
    return "".join(sign for sign in name.casefold() if sign.isalnum() or sign == ".")
