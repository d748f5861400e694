"""Calibration records: how fast one replica was measured to be, and how far that may be trusted."""

import json
from typing import Annotated, Final, Literal, Self

from annotated_types import Gt, Interval
from pydantic import Field, Strict, ValidationError, model_validator

from hardware_profiles.covariance import covariance_fault
from hardware_profiles.language_model import Precision
from hardware_profiles.quantities import (
    AdmittedSequences,
    AdmittedTokens,
    Gpus,
    LogCovariance,
    MillisecondsPerSequence,
    MillisecondsPerToken,
    MillisecondsPerToken2,
    RelativeError,
    Sequences,
    SignedError,
    StepMilliseconds,
    TokenCount,
)
from hardware_profiles.record_digest import KEY, content_digest, without_digest
from hardware_profiles.run_facts import RunFacts
from pricing.clashes import ClashError
from pricing.errors import InputError, Problem
from pricing.faults import problems_in
from pricing.parsing import parse_json
from pricing.provenance import Record, Source
from pricing.quantities import Count, Fraction, Tokens, Whole
from pricing.units import Unit

NEWEST_SCHEMA: Final = 2
_REMEDY: Final = "Take the file as tco-calibrate wrote it; records are never edited by hand."
Kind = Literal["measured", "published", "estimated", "stated"]
UNMEASURED: Final = ("estimated", "stated")
"""Kinds of record that rest on no measurement of a record's own."""
ParameterName = Literal[
    "a_ms",
    "b_ms_per_token",
    "c_ms_per_sequence",
    "d_ms_per_context_token",
    "e_ms_per_token2",
    "mw_ms",
    "t0_ms",
    "wide_ms",
    "mixed_ms",
]


class StepParameters(Record):
    """Parameters of the step-time model; docs/speed-model.md gives the equation."""

    a_ms: StepMilliseconds
    """Weights read, launch and host work of every step."""
    b_ms_per_token: MillisecondsPerToken
    """Prefill work of a new token."""
    c_ms_per_sequence: MillisecondsPerSequence
    """Work per decoding sequence and step."""
    d_ms_per_context_token: MillisecondsPerToken
    """Keys and values read per token of context."""
    e_ms_per_token2: MillisecondsPerToken2
    """Prefill attention."""
    mw_ms: StepMilliseconds = 0.0
    """Routed expert weights, all of them touched; 0 for a dense model."""
    t0_ms: StepMilliseconds
    """Request overhead outside the steps."""
    wide_ms: StepMilliseconds = 0.0
    """Extra time of a step once the batch outgrows the small-batch kernels."""
    wide_above: Sequences = 0.0
    """Decoding sequences at which that begins; 0 where it was not looked for."""
    overlap: Annotated[float, Strict(), Unit("1"), Interval(ge=1, le=64)] = 1.0
    """Order of the norm of weights read and arithmetic done; 1 adds them up."""
    mixed_ms: StepMilliseconds = 0.0
    """Extra time of a step that works on a prompt at all; 0 where it was not looked for."""


class RecordLimits(Record):
    """What the engine admits at once."""

    max_num_seqs: AdmittedSequences
    max_num_batched_tokens: AdmittedTokens
    kv_tokens: TokenCount
    kv_tokens_basis: str
    """How the number of context tokens is known: read from the server, or by arithmetic."""

    @model_validator(mode="after")
    def _admits_a_token_of_each(self) -> Self:
        if self.max_num_batched_tokens < self.max_num_seqs:
            limit = f"must be at least max_num_seqs {self.max_num_seqs}, or vLLM does not start"
            remedy = "Take the figures that the server reports."
            raise ClashError("max_num_batched_tokens", self.max_num_batched_tokens, limit, remedy)
        return self


class Reach(Record):
    """Lowest and highest value that was measured."""

    low: TokenCount
    high: TokenCount

    @model_validator(mode="after")
    def _runs_upward(self) -> Self:
        if self.low > self.high:
            msg = f"low {self.low} must not exceed high {self.high}"
            raise ValueError(msg)
        return self


class TokenReach(Reach):
    """Lengths that were measured."""

    low: Tokens
    high: Tokens


class ConcurrencyReach(Reach):
    """Requests in flight that were measured."""

    low: Annotated[Sequences, Gt(0)]
    high: Annotated[Sequences, Gt(0)]


class ShareReach(Reach):
    """Shares of prompts read from the cache that were measured."""

    low: Fraction
    high: Fraction


class Shape(Record):
    """Mean lengths of the requests of one load."""

    input_tokens: Tokens
    output_tokens: Tokens


class Span(Record):
    """The load that was measured; outside it an answer is widened or refused."""

    input_tokens: TokenReach
    output_tokens: TokenReach
    concurrency: ConcurrencyReach
    cached_share: ShareReach
    shapes: tuple[Shape, ...] = Field(min_length=1)
    """Every pair of lengths that was measured."""


class CrossValidation(Record):
    """Error on points that took no part in the fit."""

    folds: Whole
    throughput_mape: RelativeError
    throughput_bias: SignedError | None = None
    """Mean relative error, positive where more was predicted than measured; None in old records."""
    tpot_mape: RelativeError | None = None
    """None where no such point was published."""
    ttft_mape: RelativeError | None = None
    coverage_90: Fraction
    """Share of held-out points inside their 90 % interval."""


class Versions(Record):
    """What served the load; an empty text says that it was not recorded."""

    engine: str = "vLLM"
    engine_version: str = ""
    image: str = ""
    driver: str = ""
    cuda: str = ""
    """As the driver reports it."""


class CalibrationRecord(Record):
    """One replica's speed model, who measured it, and the span it may be used in."""

    schema_version: Literal[1, 2]
    """2 added `run`."""
    id: str
    kind: Kind
    label: str
    """What a page prints beside every answer drawn from it."""
    model: str
    also_serves: tuple[str, ...] = ()
    """Models of the same dimensions that the record may stand for."""
    precision: Precision
    accelerator: str
    gpus_per_replica: Gpus
    experts: Count
    experts_active: Count
    parameters: StepParameters
    covariance_order: tuple[ParameterName, ...]
    covariance: tuple[tuple[LogCovariance, ...], ...]
    """Of the natural logarithms of the parameters, in `covariance_order`."""
    residual_sd: RelativeError
    """Relative standard deviation of a new time per token around the model."""
    rate_residual_sd: RelativeError | None = None
    """The same for the rate; None in records made before it was kept apart."""
    ttft_residual_sd: RelativeError | None = None
    """The same for the mean time to first token; None where it was not compared."""
    prior_dominated: tuple[ParameterName, ...] = ()
    """Parameters on which the points say little more than the prior did."""
    limits: RecordLimits
    span: Span
    cross_validation: CrossValidation | None = None
    points: Whole
    """Load points used in the fit."""
    points_sha256: str
    """Digest of those points as the fit read them."""
    measured_by: str
    measured_on: str
    """Date or span of dates; 'undated' where none was recorded."""
    versions: Versions
    source: Source
    notes: tuple[str, ...] = ()
    own: bool = False
    """Whether whoever keeps the record measured it; false for what ships."""
    run: RunFacts | None = None
    """How it was measured; None where others measured and published means."""

    @property
    def capacity_residual_sd(self) -> float:
        """Relative standard deviation of a new rate around the model [1]."""
        return self.residual_sd if self.rate_residual_sd is None else self.rate_residual_sd

    @property
    def step_alone_ms(self) -> float:
        """Time that one sequence shares with nobody: fixed work and its own experts [ms]."""
        routed = self.experts_active / self.experts if self.experts else 0.0
        return self.parameters.a_ms + self.parameters.mw_ms * routed

    @model_validator(mode="after")
    def _covariance_is_square(self) -> Self:
        size = len(self.covariance_order)
        if len(self.covariance) != size or any(len(row) != size for row in self.covariance):
            msg = f"covariance must be {size} by {size}, as covariance_order says"
            raise ValueError(msg)
        if len(set(self.covariance_order)) != size:
            msg = "covariance_order names a parameter twice"
            raise ValueError(msg)
        if fault := covariance_fault(self.covariance):
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _routes_to_experts_it_has(self) -> Self:
        if self.experts_active > self.experts:
            msg = f"experts_active {self.experts_active} must not exceed experts {self.experts}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _schema_has_its_fields(self) -> Self:
        if (self.run is not None) != (self.schema_version > 1):
            msg = "run belongs to records of schema_version 2, and to all of them"
            raise ValueError(msg)
        return self


def read_record(content: str | bytes, where: str) -> CalibrationRecord:
    """Read the text of one record; one of a newer schema is refused by its number.

    Raises
    ------
    InputError
        Everything that is wrong with it, field by field; or its digest, where nothing else is.
    """
    try:
        document = parse_json(content)
    except ValueError as error:
        raise InputError(Problem(where, "", f"is not JSON: {error}", _REMEDY)) from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > NEWEST_SCHEMA:
        limit = f"this planner reads up to {NEWEST_SCHEMA}"
        field = f"{where}: schema_version"
        raise InputError(Problem(field, str(version), limit, "Update the planner."))
    try:
        said = without_digest(document) if isinstance(document, dict) else document
        record = CalibrationRecord.model_validate_json(json.dumps(said))
    except ValidationError as error:
        raise InputError(*problems_in(error, where, _REMEDY)) from None
    if record.kind in UNMEASURED:
        limit = f"must be measured or published: what is {record.kind} is worked out, not kept"
        raise InputError(Problem(f"{where}: kind", repr(record.kind), limit, _REMEDY))
    if not isinstance(document, dict) or document.get(KEY) != content_digest(document):
        limit = "is not what was written: its digest is missing, or is of something else"
        raise InputError(Problem(where, "", limit, _REMEDY))
    return record
