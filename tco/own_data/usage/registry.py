"""Every shape that can be read, the most particular first."""

from typing import Final

from pricing.errors import InputError, Problem, did_you_mean
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.shapes_clouds import CLOUDS
from tco.own_data.usage.shapes_gateways import GATEWAYS
from tco.own_data.usage.shapes_sellers import SELLERS
from tco.own_data.usage.shapes_tools import TOOLS

USAGE_SHAPES: Final = (*SELLERS, *GATEWAYS, *CLOUDS, *TOOLS)


def shape_named(key: str) -> Shape:
    """Shape of a key.

    Raises
    ------
    InputError
        There is no such shape; the remedy names the nearest.
    """
    known = {shape.key: shape for shape in USAGE_SHAPES}
    if key not in known:
        problem = Problem("--as", key, "is no known shape", did_you_mean(key, known))
        raise InputError(problem)
    return known[key]
