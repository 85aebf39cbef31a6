# The course's commands.  `make` alone lists them; on Windows: python tools/setup.py lab (or test).
PY ?= $(if $(filter Windows_NT,$(OS)),python,python3)
SETUP = $(PY) tools/setup.py
LAB_ARGS ?=
SITE_ARGS ?=
BENCH ?= $(filter-out %/__init__.py %/__main__.py %/harness.py,$(wildcard benchmarks/*.py))

.PHONY: help
help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: python
python:
	@command -v $(firstword $(PY)) >/dev/null || { \
	  echo "There is no $(PY) on this computer: install Python 3.13 from https://www.python.org/downloads/ and run the same command again."; \
	  exit 1; }

.PHONY: lab
lab: python  ## open the course in JupyterLab; installs what is missing (LAB_ARGS="--port 9999")
	@$(SETUP) lab $(LAB_ARGS)

.PHONY: test
test: python  ## check everything: style, notebooks, package, exercises (JOBS=4 for more workers)
	@$(SETUP) test

.PHONY: build
build: python  ## build the notebooks whose source has changed
	@$(SETUP) run dgm build

.PHONY: site
site: python  ## build the site in _build/site (to look at it: SITE_ARGS=--serve)
	@$(SETUP) run dgm site $(SITE_ARGS)

.PHONY: bench
bench: python  ## measure speed and quality against peers (BENCH=benchmarks/vae.py for one)
	@if [ -z "$(strip $(BENCH))" ]; then echo "There are no benchmarks yet."; fi
	@for file in $(BENCH); do \
	  name=$$(basename $$file .py); echo "benchmarks.$$name"; \
	  $(SETUP) run python -m benchmarks.$$name || exit 1; done

.PHONY: mutants
mutants: python  ## check that the tests notice one-line errors put into the package
	@$(SETUP) run python tests/mutants

.PHONY: lint
lint: python  ## check style and formatting of the Python files
	@$(SETUP) run ruff check
	@$(SETUP) run ruff format --check

.PHONY: format
format: python  ## correct style and formatting where that can be done automatically
	@$(SETUP) run ruff check --fix
	@$(SETUP) run ruff format

.PHONY: environment
environment: python  ## write environment.yml from pyproject.toml
	@$(SETUP) run python -m dgm_course.authoring.environment

.PHONY: clean
clean:  ## remove caches and built pages; never work/
	rm -rf _build build dist *.egg-info .pytest_cache .hypothesis .ruff_cache
	find . \( -path ./work -o -path ./.venv \) -prune -o \
	  \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

.PHONY: clean-all
clean-all: clean  ## the same, and the Python environment
	rm -rf .venv .venv.lock
