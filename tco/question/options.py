"""What is compared: tokens bought from a provider, or servers of your own."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from annotated_types import Interval
from pydantic import AfterValidator, Field, Strict, model_validator

from hardware_profiles.language_model import Precision
from hardware_profiles.quantities import Gpus, Sequences
from hardware_profiles.region import ANYWHERE, region_name
from pricing.clashes import ClashError
from pricing.provenance import Name, Record, Source
from pricing.quantities import Count, Fraction, Tokens, Usd, UsdPerHour
from pricing.units import Unit
from tco.kernel.attempts import accepted_share, tries_per_request
from tco.question.committed import CommittedSpend, ProvisionedUnits
from tco.question.hybrids import BASELINE
from tco.question.owned import Lease, Loan, OwnedAlready
from tco.question.rollout import Rollout


class Quality(Record):
    """How often an answer is accepted, measured on your own tasks, and what happens when not."""

    acceptance_rate: Annotated[Fraction, Field(ge=1e-6)]
    """Share of answers accepted at the first try."""
    retries: Annotated[Count, Field(le=10)] = 0
    """Further tries of an answer that is not accepted, each independent of the one before."""
    usd_per_unaccepted: Usd = 0.0
    """Cost of what is still not accepted in the end: repair, escalation, a lost case."""

    @property
    def tries_per_request(self) -> float:
        """Mean tries of a request [1]."""
        return tries_per_request(self.acceptance_rate, self.retries)

    @property
    def accepted_share(self) -> float:
        """Share of requests that end with an accepted answer [1]."""
        return accepted_share(self.acceptance_rate, self.retries)


class ModelQuality(Quality):
    """What was measured of a model, wherever it runs: hosted, or on servers of your own."""

    model: Annotated[str, Field(min_length=1, max_length=120)]
    """Open model, such as ``Llama 3.3 70B``, or a provider's own by its id, such as ``gpt-5.4``."""


class Successor(Record):
    """The model you would move to once another is no longer sold."""

    provider: Name
    """Who sells it."""
    model: Name
    """Its id there."""


class ApiOption(Record):
    """Tokens bought from a provider."""

    provider: Name
    """Who sells the tokens, by the id of the catalogue, such as ``openai``."""
    model: Name
    """Id of the model at that provider, such as ``gpt-5.4``."""
    tier: Name = "standard"
    """Service tier, such as ``standard``, ``batch``, ``flex`` or ``priority``."""
    residency: Annotated[Name, AfterValidator(region_name)] = ANYWHERE
    """Region the provider promises to process in, such as ``eu``."""
    contract_discount: Fraction = 0.0
    """Negotiated discount on every list price."""
    cache_lifetime: Name | None = None
    """How long what is written to the prompt cache is kept, where sellers price lifetimes apart,
    such as ``5m`` or ``1h``; the seller's default when left out."""
    usage_tier: Name | None = None
    """Rate-limit tier of your account, where the provider has them."""
    successors: Annotated[tuple[Successor, ...], Field(max_length=8)] = ()
    """Models to move to, in order, when this one is retired within the horizon."""
    commitment: CommittedSpend | None = None
    """What you promise to spend on it, or pay ahead; a discount for it is contract_discount."""
    provisioned: ProvisionedUnits | None = None
    """Units of throughput that answer first; what they do not carry is billed by tokens."""
    quality: Quality | None = None
    """Measured of this option alone, instead of what was measured of its model."""

    @property
    def by_use(self) -> bool:
        """Whether every token is billed, and nothing but tokens."""
        return self.commitment is None and self.provisioned is None

    @model_validator(mode="after")
    def _commits_in_one_way(self) -> Self:
        if self.commitment and self.provisioned:
            msg = "commit to spending or take provisioned units; give each an option of its own"
            raise ValueError(msg)
        return self


class Interruption(Record):
    """What it costs that spot machines are taken away."""

    lost_share: Annotated[Fraction, Field(le=0.99)]
    """Share of hours lost."""
    then: Literal["re-run", "baseline"] = "re-run"
    """``re-run``: the hours are paid and their work is done again, so that more machines are
    needed. ``baseline``: they are not paid, and today's API answers in them."""


# Spaces and digits are spelt out: what \s and \d match differs between readers of the schema.
OneRegion = Annotated[
    Name, Field(pattern=r"^[^/]*[^/\s\x85\uFEFF][^/]*$"), AfterValidator(region_name)
]
"""A place that is known; several, parted by ``/``, are a seller's to name."""

ServerFlag = Annotated[str, Field(pattern=r"^--[a-z0-9][a-z0-9-]*(=[!-~]+)?$", max_length=200)]


class Deployment(Record):
    """What you mean to serve with; what was measured with anything else is flagged."""

    engine_version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+", max_length=40)] | None = None
    """Version of vLLM; its patch number does not count."""
    revision: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Commit, tag or branch of the model."""
    flags: Annotated[tuple[ServerFlag, ...], Field(max_length=64)] = ()
    """Arguments of the server, each as ``--name`` or ``--name=value``."""


ESTIMATE: Final = "estimate"
STATED: Final = "stated"
"""What `calibration` says where no record does: the data sheet, or somebody's figure."""


class StatedSpeed(Record):
    """A speed that somebody states, a vendor or you, without a record behind it."""

    output_tokens_per_second: Annotated[
        float, Strict(), Unit("token/s"), Interval(ge=0.1, le=10_000_000)
    ]
    """Of one replica, over all its requests."""
    concurrency: Annotated[Sequences, Field(ge=1, le=100_000)]
    """Requests in flight at which it was seen."""
    input_tokens: Tokens
    """Mean prompt of those requests."""
    output_tokens: Annotated[Tokens, Field(ge=2)]
    """Mean lengths of those requests."""
    source: Source
    """Who states it, and when."""


class SelfHostedOption(Record):
    """Your own servers: a model, how it was measured to run, and rented or owned machines."""

    name: str = Field(min_length=1, max_length=80)
    """What the option is called; hybrids name it."""
    model: Name
    """Open model, as the library of machines and models calls it, such as ``Llama 3.3 70B``."""
    calibration: Name
    """Id of the calibration record that says how quickly one replica serves; ``estimate`` for the
    speed that data sheet and dimensions let one expect; ``stated`` for a figure of somebody's."""
    precision: Precision | None = None
    """Of the weights, where no record says it."""
    gpus_per_replica: Gpus | None = None
    """Accelerators that one replica lies on, where no record says it."""
    stated: StatedSpeed | None = None
    """The figure, where calibration is ``stated``."""
    rent: Name | None = None
    """Id of a rental offer."""
    own: Name | None = None
    """Id of a purchase offer."""
    already_owned: OwnedAlready | None = None
    """Servers of that offer which are there already; what more is needed is bought."""
    loan: Loan | None = None
    """What is borrowed for servers that are bought."""
    lease: Lease | None = None
    """Terms under which servers of that offer are leased, and not bought."""
    usd_per_gpu_hour: Annotated[UsdPerHour, Field(ge=0.05, le=100)] | None = None
    """Your own rent per GPU, instead of the list price of the offer [USD/GPU-h]."""
    paid_upfront: bool | None = None
    """Whether each term is paid whole at its start; as the offer says when left out."""
    region: OneRegion | None = None
    """Where the machines stand: of owned ones, and of rents whose seller leaves it to you."""
    unfinished_term: Literal["owed", "handed-back"] = "owed"
    """What becomes of a term that outlasts the horizon: its rent is owed to the end, or handed back
    in proportion to the months that are left."""
    interruption: Interruption | None = None
    """For spot machines."""
    rollout: Rollout | None = None
    """How requests move there step by step; left out, all of them from the first month on."""
    deployment: Deployment | None = None
    """What you mean to serve with; left out, nothing is held against the calibration."""
    quality: Quality | None = None
    """Measured of this option alone, instead of what was measured of its model."""

    @property
    def record_id(self) -> str:
        """Id of the record it is served by; one worked out for it bears its name."""
        return self.calibration if self.is_measured else f"{self.calibration} {self.name}"

    @property
    def is_measured(self) -> bool:
        """Whether a calibration record says how quickly it serves."""
        return self.calibration not in (ESTIMATE, STATED)

    @model_validator(mode="after")
    def _says_what_no_record_does(self) -> Self:
        layout = (self.precision, self.gpus_per_replica)
        if self.is_measured and layout != (None, None):
            msg = (
                "precision and gpus_per_replica are the record's; give them where calibration is "
                f"{ESTIMATE!r} or {STATED!r}"
            )
            raise ValueError(msg)
        if not self.is_measured and None in layout:
            msg = f"calibration {self.calibration!r} needs precision and gpus_per_replica"
            raise ValueError(msg)
        if (self.stated is None) == (self.calibration == STATED):
            msg = f"stated belongs to calibration {STATED!r}, and to all of them"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _names_one_api(self) -> Self:
        away, rollout = self.interruption, self.rollout
        if away and rollout and away.then == "baseline" and rollout.meanwhile != BASELINE:
            raise ClashError(
                "rollout.meanwhile",
                rollout.meanwhile,
                f"must be {BASELINE!r}: while machines are gone today's API answers "
                "(interruption.then), and what has not moved as well",
                "Leave it out.",
            )
        return self

    @model_validator(mode="after")
    def _is_rented_or_owned(self) -> Self:
        if (self.rent is None) == (self.own is None):
            limit = "is given, or else a rental offer (rent), not both"
            raise ClashError("own", self.own, limit, "Name one offer of machines.")
        if self.own is None:
            self._require_none(
                ("already_owned", "loan", "lease"),
                "is about servers that are bought or leased, not about a rent",
                "Leave it out, or name the purchase offer of the servers (own) for the rent.",
            )
            return self
        if self.lease is not None:
            limit = "is about servers that are bought, on credit or before, and these are leased"
            remedy = "Leave it out, or give each an option of its own."
            self._require_none(("loan", "already_owned"), limit, remedy)
        of_terms = () if self.lease or self.unfinished_term == "owed" else ("unfinished_term",)
        self._require_none(
            ("usd_per_gpu_hour", "interruption", "paid_upfront", *of_terms),
            "is about rents, and owned machines have a purchase price",
            "Leave it out, or name a rental offer (rent) for the purchase offer.",
        )
        return self

    def _require_none(self, keys: Sequence[str], limit: str, remedy: str) -> None:
        for key in keys:
            if (given := getattr(self, key)) is not None:
                raise ClashError(key, given, limit, remedy)


def tries_of(quality: Quality | None) -> float:
    """Mean tries of a request; 1 where acceptance was not measured [1]."""
    return 1.0 if quality is None else quality.tries_per_request


def accepted_of(quality: Quality | None) -> float | None:
    """Share of requests that end with an accepted answer; None = not measured [1]."""
    return None if quality is None else quality.accepted_share
