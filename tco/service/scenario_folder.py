"""Scenarios by name: those that ship, and the files of one folder; no other file is ever read."""

from dataclasses import dataclass
from pathlib import Path

from pricing.errors import InputError, Problem, did_you_mean
from tco.question.files import load_scenario
from tco.question.presets import ORDER, preset_paths
from tco.question.scenario import Scenario
from tco.service.requests import ScenarioRequest


@dataclass(frozen=True, slots=True)
class ScenarioFolder:
    """Where scenarios are looked up by name."""

    folder: Path | None = None
    """Folder whose files may be named; None: only what ships."""

    @classmethod
    def of(cls, folder: Path | None) -> "ScenarioFolder":
        """Name a folder.

        Raises
        ------
        InputError
            If it is none.
        """
        if folder is not None and not folder.is_dir():
            raise InputError(Problem("--folder", str(folder), "is no folder", "Name one."))
        return cls(folder)

    def scenario(self, asked: ScenarioRequest) -> Scenario:
        """Give the scenario that is meant.

        Raises
        ------
        InputError
            If there is none of that name, or the file is no scenario.
        """
        if asked.scenario is not None:
            return asked.scenario
        files = self._files()
        name = asked.named if asked.named is not None else ORDER[0]
        if name not in files:
            limit = "is no scenario that ships, nor a file of the planner's folder"
            raise InputError(Problem("named", repr(name), limit, did_you_mean(name, files)))
        return load_scenario(files[name])

    def _files(self) -> dict[str, Path]:
        """Files by name; what leads out of the folder, or is no file, is left out."""
        shipped = dict(zip(ORDER, preset_paths(), strict=True))
        if self.folder is None:
            return shipped
        home = self.folder.resolve()
        own = {
            path.name: path
            for path in sorted(home.iterdir())
            if path.suffix.lower() in {".toml", ".json", ".csv"}
            and path.resolve().parent == home
            and path.is_file()
        }
        return own | shipped
