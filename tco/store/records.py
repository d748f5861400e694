"""What the store hands out: plain, frozen, and free of any session."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tco.answer.worked import Evaluation
from tco.question.scenario import Scenario
from tco.words.shown_money import ShownMoney

What = Literal[
    "created",
    "saved",
    "renamed",
    "noted",
    "signed off",
    "duplicated",
    "removed",
    "handed over",
    "shared",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the planner said when a version was saved."""

    headline: str
    baseline_usd: float | None
    """Monthly bill of staying [USD/month]."""
    best: str
    """Key of the self-hosted option it spoke of; empty where none could be priced."""
    best_usd: float | None
    """Its monthly bill [USD/month]."""
    model_version: str
    catalogue_version: str
    catalogue_sha256: str
    prices_on: str
    worth: str = ""
    """What the choice is worth a year, as it was written; empty where that was not kept."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> "Answer":
        """Take the headline figures out of an answer."""
        best, worth_usd = evaluation.verdict.best_own, evaluation.verdict.worth_usd_per_year
        stamp = evaluation.stamp
        return cls(
            headline=evaluation.verdict.headline,
            baseline_usd=evaluation.alternatives[0].monthly_usd,
            best=best or "",
            best_usd=evaluation.alternative(best).monthly_usd if best else None,
            model_version=stamp.model_version,
            catalogue_version=stamp.catalogue_version,
            catalogue_sha256=stamp.catalogue_sha256,
            prices_on=stamp.prices_on,
            worth="" if worth_usd is None else evaluation.money(worth_usd),
        )

    @classmethod
    def unreadable(cls) -> "Answer":
        """Stand for an answer that the store does not hold whole."""
        return cls("Its answer cannot be read.", None, "", None, "", "", "", "")

    def moved(self, today: "Answer", money: ShownMoney) -> tuple[str, ...]:
        """Say how today's answer to the same scenario differs; empty where it does not."""
        said = []
        if self.headline != today.headline:
            said.append(f"It said “{self.headline}”; today it says “{today.headline}”.")
        for name, before, after in (
            ("Staying", self.baseline_usd, today.baseline_usd),
            ("The best self-hosted option", self.best_usd, today.best_usd),
        ):
            was, now = ("no figure" if cost is None else money(cost) for cost in (before, after))
            if was != now:
                said.append(f"{name} cost {was} a month, today {now}.")
        if said and self.catalogue_sha256 != today.catalogue_sha256:
            said.append(f"Prices then: {self.catalogue_version}; today: {today.catalogue_version}.")
        if said and self.model_version != today.model_version:
            said.append(f"Planner then: {self.model_version}; today: {today.model_version}.")
        return tuple(said)


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about one assumption."""

    text: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One frozen state of a scenario."""

    number: int
    saved_by: str
    saved_at: datetime
    comment: str
    answer: Answer
    signed_by: str | None
    signed_at: datetime | None
    sign_off: str
    """What was said when it was signed off."""
    broken: bool
    """Whether it claims to be signed off, and its seal is missing or does not hold."""
    damaged: bool
    """Whether it is not what was saved; its document is looked at where it is taken out."""

    @property
    def locked(self) -> bool:
        """Whether it is signed off, so that nothing about it changes any more."""
        return self.signed_at is not None and not (self.broken or self.damaged)


@dataclass(frozen=True, slots=True)
class Kept:
    """One scenario in the store, with all its versions."""

    id: str
    name: str
    revision: int
    """Counts every change; name it when you change something."""
    changed_by: str
    changed_at: datetime
    versions: tuple[Version, ...]

    @property
    def latest(self) -> Version:
        """The version that was saved last."""
        return self.versions[-1]

    @property
    def signed(self) -> Version | None:
        """The latest version that is signed off."""
        return next((v for v in reversed(self.versions) if v.locked), None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version taken out of the store."""

    kept: Kept
    version: Version
    scenario: Scenario
    notes: Mapping[str, Note]
    """By the field of the assumption."""


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """One line of the change log."""

    at: datetime
    who: str
    what: What
    version: int | None
    detail: str
