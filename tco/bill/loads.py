"""The requests as each side gets them: in its own tokens, its own answers, from its own cache."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from tco.kernel.speed import EngineLimits, RequestMix
from tco.kernel.workload import ClassLoad
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass
from tco.results.bill import Finding
from tco.serving.replica import ReplicaCapacity
from tco.words.figures import share, whole


def mean_tokens(classes: Sequence[RequestClass], side: Literal["input", "output"]) -> float:
    """Mean length of the mix, as the baseline counts tokens [token/request]."""
    lengths = ((c.share, c.input if side == "input" else c.output) for c in classes)
    return sum(share * length.distribution().mean for share, length in lengths)


def loads_of(classes: Sequence[RequestClass], *, as_open_model: bool) -> list[ClassLoad]:
    """Classes as the kernel takes them, as GPT counts and answers or as the open model does."""
    loads = [
        ClassLoad(
            c.share,
            c.input.distribution(),
            c.output.distribution(),
            c.cached_prompt_share,
            c.cache_written,
        )
        for c in classes
    ]
    if not as_open_model:
        return loads
    return [
        load.with_output(c.llama_output_per_gpt_output).in_tokens_of(c.llama_tokens_per_gpt_token)
        for load, c in zip(loads, classes, strict=True)
    ]


def own_loads(scenario: Scenario) -> list[ClassLoad]:
    """Classes as your own servers get them: the open model's, and what their caches hold."""
    hits = scenario.fleet.own_cache_hits
    loads = loads_of(scenario.workload.classes, as_open_model=True)
    return [replace(load, cached_share=load.cached_share * hits) for load in loads]


def same_output(classes: Sequence[RequestClass]) -> Iterator[Finding]:
    """Say where the open model is taken to write what GPT writes, reasoning included."""
    if all(c.llama_output_per_gpt_output == 1 for c in classes):
        yield Finding(
            "remark",
            "same-output",
            "The open model is taken to write as much as GPT does, reasoning included: not "
            "measured on your tasks.",
            "Set reasoning_share and llama_answer_ratio of each class.",
        )


def own_cache(
    scenario: Scenario, limits: EngineLimits, mix: RequestMix, replica: ReplicaCapacity
) -> Iterator[Finding]:
    r"""Say what is assumed of the caches of your own servers, and how long memory keeps a prompt.

    At capacity :math:`\lambda^*` with :math:`N` requests running at a mean context of :math:`C`
    tokens, the memory that no running request needs, :math:`M - N C`, is written anew every
    :math:`(M - N C) / (\lambda^* (P + O))` seconds by prefilled and decoded tokens.
    """
    cached = sum(c.share * c.cached_prompt_share for c in scenario.workload.classes)
    if cached == 0 or not replica.requests_per_second > 0:
        return
    held = replica.running * float(np.asarray(mix.context_tokens))
    free = max(0.0, float(np.asarray(limits.kv_tokens)) - held)
    each = float(np.asarray(mix.prefill_tokens)) + float(np.asarray(mix.output_tokens))
    seconds = free / (replica.requests_per_second * each)
    yield Finding(
        "flagged",
        "own-cache",
        f"Your own servers are taken to find {share(scenario.fleet.own_cache_hits)} of the prompt "
        f"tokens that the API reads from its cache. At capacity a replica overwrites its free "
        f"memory in about {whole(seconds)} s: only prompts that come back sooner, to the same "
        f"replica, are found there.",
        "Route by prefix, and set own_cache_hits of the fleet to the share you measure.",
        "docs/methodology.md",
    )
