"""A path that nothing can be under is refused by its name, wherever a command takes one."""

import pytest
from typer.main import get_command

from tco.cli import command_line
from tco.question.presets import preset_paths
from tests.tco.command import tco

DEFAULT = str(preset_paths()[0])
TOO_LONG = "x" * 5_000
NOT_TO_BE_ENDED = {("app",), ("serve",), ("mcp",)}


def commands(command, words=()):
    """Every command, with the words that call it."""
    if getattr(command, "commands", None):
        for name, part in command.commands.items():
            yield from commands(part, (*words, name))
    elif words not in NOT_TO_BE_ENDED:
        yield words, command


def calls():
    """Each place where a command takes a path, with all that it needs beside."""
    for words, command in commands(get_command(command_line)):
        for place in command.params:
            if "Path" in f"{place.bare_type}{place.type_descriptor}":
                yield pytest.param([*words, *said(command, place)], id=f"{words} {place.name}")


def said(command, place):
    for one in command.params:
        argument = one.param_type_name == "argument"
        if one is place:
            yield from (TOO_LONG,) if argument else (one.opts[0], TOO_LONG)
        elif one.required:
            yield from (DEFAULT,) if argument else (one.opts[0], "1")


@pytest.mark.parametrize("words", [*calls()])
def test_a_name_that_no_file_can_have_is_refused(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = tco(*words)
    assert done.returncode in {2, 7}
    assert done.stderr
    assert "standard output" not in done.stderr


def test_a_library_in_the_home_of_nobody_is_refused():
    done = tco("evaluate", "--library", "~nobody-of-this-name/facts")
    assert done.returncode == 2
    assert "library: is not a folder (got ~nobody-of-this-name/facts)" in done.stderr
