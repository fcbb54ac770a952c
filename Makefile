# Tidegate. `make` lists the targets; every one works from a fresh clone and activates nothing.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo up down test check format bench bench-collector bench-workers attack crash noloss overload badinput flood leakbench mutants fuzz proof clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with Tidegate and all its extras

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Tidegate needs Python 3.11 or newer: make PYTHON=python3.12 …'; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing Tidegate into $(VENV): about a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local,fast,demo,dev]'
	@touch $(STAMP)

demo: setup ## run the main job on real Kafka with real input, and show what went where
	@$(BIN)/tidegate demo

up: setup ## start Kafka, collector, validator and sink in the foreground
	@$(BIN)/tidegate up

down: setup ## stop what `make up` started
	@$(BIN)/tidegate down

# A module stays in one process, for its stack; those that start Kafka stand first, so that none is left at the end.
test: setup ## run every test, those on real Kafka too
	@$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

check: setup ## lint, formatting, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## format the code, mend what can be mended
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: setup ## measure, as ratios in one run
	@$(BIN)/python -m tests.benchmarks.gate
	@$(BIN)/python -m tests.benchmarks.check
	@$(BIN)/python -m tests.benchmarks.ids --write
	@$(BIN)/python -m tests.benchmarks.flood

bench-collector: setup ## what an event costs in the collector, beside a naive chain, on real Kafka (ROUNDS=5)
	@$(BIN)/python -m tests.benchmarks.collector $(ROUNDS)

bench-workers: setup ## what a second worker brings, and how connections are spread, on real Kafka (ROUNDS=3)
	@$(BIN)/python -m tests.benchmarks.workers $(ROUNDS)

attack: setup ## attack a whole stack on real Kafka, search for every canary, write docs/proof/attack.md
	@$(BIN)/python -m tests.proof.attack $(if $(SEED),--seed $(SEED))

flood: setup ## measure what a stream of nothing but leaks costs beside a clean one, write docs/proof/flood.md
	@$(BIN)/python -m tests.benchmarks.flood

leakbench: $(VENV)/.proof ## measure what leaks, beside filters, and write docs/proof/leak.md (.tidegate/proof for other corpora)
	@$(BIN)/python -m tests.proof.leak

crash: setup ## kill both services 50 times under load (KILLS=10), count every record, write docs/proof/crash.md
	@$(BIN)/python -m tests.proof.crash $(KILLS)

noloss: setup ## stop Kafka and kill the collector while stock SDKs send, look for every record, write docs/proof/noloss.md
	@$(BIN)/python -m tests.proof.noloss $(if $(SEED),--seed $(SEED))

overload: setup ## send the collector four times what it can take for a minute, write docs/proof/overload.md
	@$(BIN)/python -m tests.proof.overload

badinput: setup ## send 100,000 mutated requests and bad connections, write docs/proof/badinput.md
	@$(BIN)/python -m tests.proof.badinput $(if $(SEED),--seed $(SEED))

mutants: setup ## take each guard away in turn and see a test fail, write docs/proof/mutants.md
	@$(BIN)/python -m tests.proof.mutants.run
	@$(BIN)/python -m tests.proof.index

fuzz: $(VENV)/.fuzz ## fuzz what takes bytes from outside, ten minutes a target (SECONDS=60), write docs/proof/fuzz.md
	@$(BIN)/python -m tests.proof.fuzz.run $(if $(SECONDS),--seconds $(SECONDS))
	@$(BIN)/python -m tests.proof.index

proof: setup ## write docs/promises.md, docs/otlp.md and docs/proof.md from the code and the last runs; say how far those are behind
	@$(BIN)/python -m tests.proof.index
	@$(BIN)/python -m tests.proof.index --age

$(VENV)/.fuzz: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@touch $@

$(VENV)/.proof: $(STAMP)
	@echo "Installing what the gate is measured beside: one or two minutes"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[proof]'
	@touch $@

clean: ## remove the virtual environment, caches and local data
	@if [ -x $(BIN)/tidegate ]; then $(BIN)/tidegate down || true; fi
	rm -rf $(VENV) .tidegate .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
