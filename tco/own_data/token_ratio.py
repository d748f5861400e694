"""How many tokens your own text is to GPT and to Llama, with vocabularies that ship.

The same text is not the same number of tokens to two models; a bill in tokens of one does not
carry over to the other. The ratio is measured on your text, file by file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pricing.errors import InputError, Problem
from pricing.text_files import read_text

VOCABULARIES: Final = {"gpt": "o200k_base", "llama": "llama3"}
"""OpenAI's vocabulary since GPT-4o, and Llama 3's; Llama 4 has another, which does not ship."""
LARGEST_FILE_BYTES: Final = 256_000_000


@dataclass(frozen=True, slots=True)
class TokenCount:
    """One text in both vocabularies."""

    name: str
    characters: int
    gpt_tokens: int
    llama_tokens: int

    @property
    def ratio(self) -> float:
        """Llama tokens per GPT token [1]."""
        return self.llama_tokens / self.gpt_tokens


def count_files(paths: Sequence[Path]) -> tuple[TokenCount, ...]:
    """Count every file; the last row is all of them together when there are several.

    Raises
    ------
    InputError
        If the vocabularies are not installed, or a file is empty or not text.
    StorageError
        If a file cannot be read.
    """
    texts = (
        read_text(path, most_bytes=LARGEST_FILE_BYTES, too_large="Give a sample of it.")
        for path in paths
    )
    counted = tuple(count_text(path.name, text) for path, text in zip(paths, texts, strict=True))
    if len(counted) < 2:
        return counted
    together = TokenCount(
        "all together",
        sum(c.characters for c in counted),
        sum(c.gpt_tokens for c in counted),
        sum(c.llama_tokens for c in counted),
    )
    return (*counted, together)


def count_text(name: str, text: str) -> TokenCount:
    """Count one text in both vocabularies.

    Raises
    ------
    InputError
        If the vocabularies are not installed or the text is empty.
    """
    if not text:
        raise InputError(Problem(name, "", "holds no text", "Give a file with text of your own."))
    try:
        import quicktok
    except ImportError as error:
        raise InputError(
            Problem("tokens", "", "needs the vocabularies", "Install gpt-or-llama-planner[tokens].")
        ) from error
    gpt, llama = (
        int(quicktok.get_encoding(VOCABULARIES[side]).count(text)) for side in ("gpt", "llama")
    )
    return TokenCount(name, len(text), gpt, llama)
