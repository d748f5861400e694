"""What was measured of a model, looked up under the names that sellers and library give it."""

from hardware_profiles.language_model import model_name
from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem, did_you_mean
from tco.question.options import Quality
from tco.question.scenario import Scenario


def quality_of(scenario: Scenario, *names: str) -> Quality | None:
    """What was measured of a model under any of its names."""
    if not scenario.qualities:
        return None
    known = {model_name(name) for name in names if name}
    return next((q for q in scenario.qualities if model_name(q.model) in known), None)


def require_known_models(scenario: Scenario, catalogue: Catalogue, library: Library) -> None:
    """Raise with every measured model that neither the catalogue nor the library knows."""
    names = dict.fromkeys(library.models)
    for offer in catalogue.offers():
        names |= dict.fromkeys(name for name in (offer.open_weights, offer.model) if name)
    known = {model_name(name) for name in names}
    problems = [
        Problem(
            f"qualities.{place}.model",
            repr(quality.model),
            "names no model of the library or the catalogue",
            did_you_mean(quality.model, names),
        )
        for place, quality in enumerate(scenario.qualities)
        if model_name(quality.model) not in known
    ]
    if problems:
        raise InputError(*problems)
