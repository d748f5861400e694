"""`--help` of every command: it is shown, and says each of its options in the words it has."""

import pytest
import typer

from tco.cli import command_line
from tests.tco.command import tco


def commands(group, path=()):
    """Every command below a group, and the words that call it."""
    for name, command in group.commands.items():
        below = (*path, name)
        if hasattr(command, "commands"):
            yield from commands(command, below)
        else:
            yield pytest.param(below, command, id=" ".join(below))


COMMANDS = list(commands(typer.main.get_command(command_line)))


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_the_help_of_a_command_says_each_option_in_its_own_words(words, command):
    """What stands in brackets is no markup: it is neither swallowed nor a fault."""
    shown = tco(*words, "--help", columns=1_000)
    assert shown.returncode == 0
    text = " ".join(shown.stdout.replace("│", " ").split())
    for parameter in command.params:
        if not getattr(parameter, "hidden", False):
            assert " ".join((getattr(parameter, "help", None) or "").split()) in text
