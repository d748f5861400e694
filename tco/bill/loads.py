"""The requests as each side gets them: in its own tokens, with its own answers."""

from collections.abc import Iterator, Sequence

from tco.kernel.workload import ClassLoad
from tco.question.traffic import RequestClass
from tco.results.bill import Finding


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
