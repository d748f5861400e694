"""The worked example in the documents is what the commands print, and its verdict turns."""

import re

from tests.quality import worked_example


def test_the_example_is_what_the_commands_print_and_the_verdict_turns(whole):
    folder, *_ = whole
    text = worked_example.example(folder)
    assert text == worked_example.shown()
    before = re.search(r"^> By price alone: (.+?\.) ", text, re.MULTILINE).group(1)
    after = re.search(r"^> With what was measured: (.+?\.) ", text, re.MULTILINE).group(1)
    assert "Llama" in before
    assert after == "Stay on GPT-5.4."
