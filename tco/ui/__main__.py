"""Serve the page: ``python -m tco.ui`` takes the options of ``streamlit run``."""

import os
import sys

from pricing.errors import InputError
from tco.ui.server.settings import ENVIRONMENT, command

try:
    words = command()
except InputError as refusal:
    sys.exit(f"error: {refusal}")
# Where it listens on all addresses, the greeting would ask a server outside for this one's address.
words = [*words, "--logger.hideWelcomeMessage=true", *sys.argv[1:]]
os.execve(sys.executable, words, {**os.environ, **ENVIRONMENT})
