"""Serve the page: ``python -m tco.ui`` takes the options of ``streamlit run``."""

import os
import sys

from tco.ui.server.settings import command

os.execv(sys.executable, [*command(), *sys.argv[1:]])
