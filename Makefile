# Each target makes the environment it needs; nothing is installed outside $(VENV).
SHELL  := bash
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

demo: $(VENV)/.ready
	$(BIN)/standoff sweep demo

test: lint
	$(BIN)/python -m pytest -q

lint: $(VENV)/.ready
	$(BIN)/ruff check
	@mkdir -p build/typing && ln -sfn ../.. build/typing/standoff
	$(BIN)/mypy

gallery: $(VENV)/.ready
	$(BIN)/python -m standoff.experiments.gallery

gallery-maps: $(VENV)/.ready
	$(BIN)/python -m standoff.experiments.gallery --maps

gallery-mechanisms: $(VENV)/.ready
	$(BIN)/python -m standoff.experiments.gallery --mechanisms

# Those that use both cores themselves, or are measured, run after the others and one at a time.
ALONE := tests/test_map_proofs.py tests/test_size_proof.py tests/test_classroom_load.py

# SIZE=small is what .ci/run plays. The log of the full size is committed: it says what was shown,
# when, and under which laws.
SIZE ?= full
LOG   = $(if $(filter full,$(SIZE)),"results/proofs/$$(date -u +%F).log",/dev/null)
proofs: $(VENV)/.ready
	@$(if $(filter full small,$(SIZE)),,$(error SIZE: '$(SIZE)' is neither full nor small))
	@mkdir -p results/proofs
	set -o pipefail; { \
	    date -u '+%F %H:%M UTC'; \
	    $(BIN)/python -c 'from standoff.model.compiled import law_digest; print("laws", law_digest())'; \
	    export STANDOFF_PROOFS=$(SIZE); \
	    $(BIN)/python -m pytest -m slow -v --no-header --durations=0 $(ALONE:%=--ignore=%); others=$$?; \
	    $(BIN)/python -m pytest -m slow -v --no-header -n 0 $(ALONE) && exit $$others; \
	} 2>&1 | tee $(LOG)

bench: $(VENV)/.ready
	$(BIN)/standoff bench

clean:
	rm -rf .venv .venv-* build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "standoff needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.PHONY: demo test lint gallery gallery-maps gallery-mechanisms proofs bench clean
