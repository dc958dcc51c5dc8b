# Jejak's commands. Each makes the environment it needs by itself; nothing but Python >= 3.11 is expected.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQ := infra/requirements
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate \
  --python-version 3.11 --constraint $(REQ)/ours.in
SOURCES := events infra projections services tests

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench format messages lock clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*##/\t/'

# The tools that run Jejak; the rest of them comes with the development environment below.
$(VENV)/.run: $(REQ)/uv.txt $(REQ)/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jejak needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(REQ)/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(REQ)/run.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run $(REQ)/dev.txt $(REQ)/distributed.txt $(REQ)/servers.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes \
	  -r $(REQ)/dev.txt -r $(REQ)/distributed.txt -r $(REQ)/servers.txt
	@touch $@

demo: $(VENV)/.run  ## the day in Desa Bagelen, on this machine, with nothing but Python
	$(BIN)/jejak demo

test: $(VENV)/.dev  ## every test, two at a time; of the long fault and fuzz tests a tenth
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal

soak: $(VENV)/.dev  ## the long fault and fuzz tests, whole
	JEJAK_SOAK=1 $(BIN)/python -m pytest -m soak -s

check: $(VENV)/.dev  ## style, types and the layers of the rooms
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## what it does a second, as a table and as JSON (build/bench.json)
	$(BIN)/python -m tests.bench

format: $(VENV)/.dev  ## put the code into shape
	$(BIN)/ruff check --fix --exit-zero --quiet $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

messages: $(VENV)/.dev  ## bring the Indonesian catalogue in step with the code, and compile it
	$(BIN)/python -m infra.messages

lock: $(VENV)/.run  ## resolve the requirement files anew (names, versions, hashes; no addresses)
	$(COMPILE) --group pyproject.toml:uv --output-file $(REQ)/uv.txt
	$(COMPILE) pyproject.toml --group pyproject.toml:build --output-file $(REQ)/run.txt
	$(COMPILE) pyproject.toml --group pyproject.toml:distributed --constraint $(REQ)/run.txt --output-file $(REQ)/distributed.txt
	$(COMPILE) --group pyproject.toml:servers --constraint $(REQ)/distributed.txt --output-file $(REQ)/servers.txt
	$(COMPILE) --group pyproject.toml:dev --constraint $(REQ)/run.txt --constraint $(REQ)/distributed.txt --constraint $(REQ)/servers.txt --output-file $(REQ)/dev.txt

clean:  ## remove what the commands above made
	rm -rf $(VENV) build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache *.egg-info
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
