import json

import pytest
import quicktok

from pricing.errors import InputError
from tco.own_data.token_ratio import VOCABULARIES, count_files, count_text
from tests.tco.command import tco

PROSE = "The committee will meet on Thursday to discuss the budget for the coming year. "


def test_a_word_that_is_one_token_to_both_counts_once():
    counted = count_text("x", "hello world")
    assert (counted.gpt_tokens, counted.llama_tokens, counted.ratio) == (2, 2, 1.0)


def test_counts_are_those_of_the_encodings_themselves():
    text = PROSE * 3 + "naïve café 東京 Zürich\n\tdef f(x): return x**2"
    counted = count_text("x", text)
    encoded = {
        side: quicktok.get_encoding(name).encode(text) for side, name in VOCABULARIES.items()
    }
    assert counted.gpt_tokens == len(encoded["gpt"])
    assert counted.llama_tokens == len(encoded["llama"])
    for side, name in VOCABULARIES.items():
        assert quicktok.get_encoding(name).decode(encoded[side]) == text


def test_several_files_are_counted_apart_and_together(tmp_path):
    for name, text in (("a.txt", PROSE), ("b.txt", "x = [i for i in range(10)]\n" * 20)):
        (tmp_path / name).write_text(text)
    *apart, together = count_files([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert together.gpt_tokens == sum(c.gpt_tokens for c in apart)
    assert together.llama_tokens == sum(c.llama_tokens for c in apart)
    low, high = sorted(c.ratio for c in apart)
    assert low <= together.ratio <= high


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(InputError, match="no text"):
        count_files([tmp_path / "empty.txt"])
    with pytest.raises(InputError, match="UTF-8"):
        count_files([tmp_path / "image.png"])
    with pytest.raises(InputError, match="does not exist"):
        count_files([tmp_path / "none.txt"])


def test_the_command_prints_one_document(tmp_path):
    (tmp_path / "a.txt").write_text(PROSE)
    done = tco("tokens", tmp_path / "a.txt", "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.tokens/1"
    (row,) = document["files"]
    assert row["llama_tokens_per_gpt_token"] == round(row["llama_tokens"] / row["gpt_tokens"], 4)
    assert tco("tokens", tmp_path / "a.txt").returncode == 0
