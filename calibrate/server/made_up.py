"""Files of a model whose weights the engine makes up: its dimensions, and a tokenizer of numbers.

Nothing is downloaded, and no licence has to be accepted: a dense model is as quick with random
weights as with its own.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from calibrate.files import read_document, refusing_io, write_whole
from calibrate.plan.server_spec import ServerSpec

FOLDER: Final = "model"
CONFIG, TOKENIZER, TOKENIZER_CONFIG = "config.json", "tokenizer.json", "tokenizer_config.json"


def made_up_spec(
    spec: ServerSpec, config: Mapping[str, Any] | None, run_folder: Path
) -> ServerSpec:
    """The same server with a model folder beside the run, where one has to be made.

    Parameters
    ----------
    config
        Configuration of a model that is known by its dimensions; None where a folder is served.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    if spec.load_format != "dummy":
        return spec
    if spec.is_folder:
        mine = Path(spec.model)
        if (mine / TOKENIZER).exists() or not (mine / CONFIG).exists():
            return spec
        config = read_document(mine / CONFIG, "model")
    elif config is None:
        return spec
    folder = (run_folder / FOLDER).absolute()
    with refusing_io(folder, "model"):
        folder.mkdir(parents=True, exist_ok=True)
    for name, document in (
        (CONFIG, config),
        (TOKENIZER, tokenizer_of_numbers(int(config["vocab_size"]))),
        (TOKENIZER_CONFIG, TOKENIZER_SETTINGS),
    ):
        write_whole(folder / name, json.dumps(document).encode())
    return spec.model_copy(update={"model": str(folder), "revision": ""})


def tokenizer_of_numbers(vocabulary: int) -> dict[str, Any]:
    """A tokenizer with one word per token id, so that text and ids are as long as each other."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {word_of(number): number for number in range(vocabulary)},
            "unk_token": word_of(0),
        },
    }


def word_of(number: int) -> str:
    """Word of a token id, as long as every other: a special one must not begin another word."""
    return f"t{number:06d}"


TOKENIZER_SETTINGS: Final = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": word_of(0),
    "eos_token": word_of(1),
    "unk_token": word_of(0),
    "chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}",
}
