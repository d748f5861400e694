PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

app: .venv/.installed  ## Open the planner on the default scenario
	$(BIN)/tco app $(ARGS)

test: .venv/.installed  ## Run the tests that need no browser and no GPU server
	$(BIN)/pytest

test-browser: .venv/.installed  ## Drive the page in Chromium (Debian package chromium)
	$(BIN)/pytest -m browser

check: .venv/.installed  ## Format, lint, types, import order, data, then the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

bench: .venv/.installed  ## Speed and memory, as ratios measured side by side
	for file in bench/bench_*.py; do $(BIN)/python $$file || exit 1; done

wheel: .venv/.installed  ## Build the wheel
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[app,tokens,dev]'
	touch $@

.PHONY: help app test test-browser check bench wheel
