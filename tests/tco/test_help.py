"""Every command shows its help, and nothing of it is taken for a sign to draw with."""

import pytest
import typer
from typer.testing import CliRunner

from calibrate.cli import app
from tco.cli import command_line


def commands(group, path=()):
    """Every command of a group by the words that call it, and the groups themselves."""
    yield path, group
    for name, inner in getattr(group, "commands", {}).items():
        yield from commands(inner, (*path, name))


@pytest.mark.parametrize("line", [command_line, app], ids=["tco", "tco-calibrate"])
def test_every_command_shows_every_word_of_its_help(line):
    found = [one for one in commands(typer.main.get_command(line)) if not one[1].hidden]
    assert len(found) > 5
    for path, command in found:
        done = CliRunner().invoke(line, [*path, "--help"], env={"COLUMNS": "1000"})
        assert done.exit_code == 0, (path, done.exception)
        for parameter in command.params:
            assert (getattr(parameter, "help", "") or "") in done.output, (path, parameter.name)
