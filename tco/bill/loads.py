"""The requests as each side gets them: in its own tokens, with its own answers."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from tco.kernel.workload import ClassLoad
from tco.question.traffic import RequestClass
from tco.results.bill import Finding


def loads_of(classes: Sequence[RequestClass], *, as_open_model: bool) -> list[ClassLoad]:
    """Classes as the kernel takes them, as GPT counts and answers or as the open model does."""
    return [_load(one, as_open_model=as_open_model) for one in classes]


@lru_cache(maxsize=256)  # every alternative and every draw of a question gets the same requests
def _load(one: RequestClass, *, as_open_model: bool) -> ClassLoad:
    load = ClassLoad(
        one.share,
        one.input.distribution(),
        one.output.distribution(),
        one.cached_prompt_share,
        one.cache_written,
    )
    if not as_open_model:
        return load
    longer = load.with_output(one.llama_output_per_gpt_output)
    return longer.in_tokens_of(one.llama_tokens_per_gpt_token)


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
