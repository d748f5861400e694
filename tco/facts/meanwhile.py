"""Who may answer the requests that have not moved yet, and why another may not."""

from collections.abc import Sequence

from hardware_profiles.library import Library
from hardware_profiles.offer import TERM_MONTHS
from pricing.errors import InputError, Problem, did_you_mean
from tco.question.keys import api_key, own_key
from tco.question.options import SelfHostedOption
from tco.question.rollout import Rollout
from tco.question.scenario import Scenario


def require_meanwhile(
    own: SelfHostedOption,
    rollout: Rollout,
    scenario: Scenario,
    library: Library,
    apis: Sequence[str],
) -> None:
    """Raise if what a rollout names cannot answer meanwhile.

    Servers of a term may be named; their bill refuses them where the move is priced.

    Parameters
    ----------
    own
        Option that the rollout is of.
    apis
        Names of API options that are billed by use.

    Raises
    ------
    InputError
        With the reason, and what may be named instead.
    """
    name, still = rollout.meanwhile, [o for o in scenario.self_hosted if o.rollout is None]
    if name in apis or name in [own_key(other) for other in still if other.rent]:
        return
    others = {own_key(other): other for other in scenario.self_hosted}
    if name == own_key(own):
        limit = "is the option that requests move to"
    elif name in others and others[name].rollout is not None:
        limit = "has a rollout of its own, and cannot answer the rest of another"
    elif name in others:
        limit = "is servers that are bought or leased; only those rented by the hour can be left"
    elif name in [api_key(api) for api in scenario.apis]:
        limit = "is committed to or taken in units; only what is billed by use can be left"
    else:
        limit = "names no API option of the scenario, and no rented servers"
    accepted = [*apis, *(own_key(other) for other in still if _by_the_hour(other, library))]
    near = did_you_mean(name if limit.startswith("names") else "", accepted)
    raise InputError(Problem("meanwhile", repr(name), limit, near))


def _by_the_hour(option: SelfHostedOption, library: Library) -> bool:
    offer = library.rentals.get(option.rent or "")
    return offer is not None and offer.term not in TERM_MONTHS
