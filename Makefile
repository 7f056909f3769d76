# Every target makes what it needs: `make demo` in a fresh clone is enough.
# PYTHON is used once, to make .venv; everything else runs from there.
PYTHON  ?= python3
VENV    ?= .venv
WORKERS ?= 2
DEMO    ?= runs/demo
ONLY    ?=
EXAMPLE := generate credit_data --target Status --seed 1
SERIES  := generate co2 --time date --seed 1

BIN   := $(VENV)/bin
READY := $(VENV)/.ready
PIP   := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --progress-bar off -c constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-all lint types bench mutants reports clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything pinned in constraints.txt

demo: $(READY) ## a synthetic copy of a real table, and of a real series, with reports and decisions
	@$(BIN)/synthkit $(EXAMPLE) -o $(DEMO)
	@echo
	@$(BIN)/synthkit $(SERIES) -o $(DEMO)/series
	@echo
	@echo "reports:   $(DEMO)/report.html  $(DEMO)/series/report.html"
	@echo "decisions: $(DEMO)/decision.md  $(DEMO)/series/decision.md"

# A file in one worker: what its tests share is fitted once.
SPREAD := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# One thread a worker: LightGBM and torch would otherwise start a thread a core in every one of them.
test test-all: export OMP_NUM_THREADS = 1
test test-all: export OPENBLAS_NUM_THREADS = 1

test: $(READY) ## the tests that take a few minutes
	@$(BIN)/pytest -q $(SPREAD) -m "not slow"

test-all: $(READY) ## all tests, the slow ones on real data too
	@$(BIN)/pytest -q $(SPREAD)

lint: $(READY) ## style, formatting and the layers between the rooms
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

bench: $(READY) ## side by side with peers; writes benchmarks/results/ and docs/benchmarks.md
	@$(BIN)/python -m benchmarks.run

mutants: $(VENV)/.mutants ## changes of the privacy and verdict code that no test notices; ONLY=src/... for one file
	@$(BIN)/python -m benchmarks.mutants $(ONLY)

reports: $(READY) ## make the examples in reports/ again
	@$(BIN)/python reports/make.py "$(EXAMPLE)" "$(SERIES)"

clean: ## remove .venv, the demo and every cache
	@rm -rf $(VENV) $(DEMO) runs/reports build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# torch goes first and alone: what needs it later finds it there and does not look for another build.
# Build isolation is off so that the build tools are the pinned ones too.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "synthkit needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo not there)."; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	@echo "[1/3] $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python cannot make a virtual environment (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "[2/3] torch, the largest part; this can take some minutes"
	@$(PIP) "$$(grep '^torch==' constraints.txt)" hatchling editables
	@echo "[3/3] synthkit and everything else it needs"
	@$(PIP) --no-build-isolation -e ".[dev]"
	@touch $@
	@echo "ready: $(BIN)/synthkit --help"

$(VENV)/.mutants: $(READY)
	@$(PIP) --no-build-isolation -e ".[mutants]"
	@touch $@
