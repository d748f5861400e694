import pytest

from tco.presets import preset_paths
from tco.reading import document_of, load_scenario


@pytest.fixture(scope="session")
def default():
    """The scenario the page opens with."""
    return load_scenario(preset_paths()[0])


@pytest.fixture
def document(default):
    """Its plain values, free to be spoilt."""
    return document_of(default)
