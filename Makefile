# The words of the house. Each sets up what it needs on a fresh Debian, Ubuntu or macOS machine.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
BIN := .venv/bin
WORKERS ?= 4
PYTEST_ARGS ?=
LABS ?= 6
unexport PYTHONDONTWRITEBYTECODE # images set it; every start would compile the whole application

.PHONY: help setup run hub test test-network check fmt fmt-check lint types imports bench lock migration migrate docs clean

help: ## list these words
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## create .venv and everything the other words need
	@packaging/setup.sh

run: ## open the application; without a screen, play host and guest on a virtual one (pictures in build/demo)
	@packaging/run.sh

hub: setup ## run a hub with a throwaway data folder
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && $(BIN)/horizon hub --listen 127.0.0.1:8443 --data "$$data"

test-network: setup ## run the whole matrix of networks and faults, in laboratories side by side
	@$(BIN)/python -m pytest -n $(LABS) --maxschedchunk=1 -m network_full tests/network $(PYTEST_ARGS)

test: setup ## run all tests, offscreen, in parallel
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

check: fmt-check lint types imports test ## what must be green before review

fmt: setup ## write every file in the one form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix --select I .

fmt-check: setup
	@$(BIN)/ruff format --check .

lint: setup ## ruff and the rules of the house
	@$(BIN)/ruff check . && $(BIN)/python packaging/checks/house.py

types: setup ## mypy --strict
	@$(BIN)/mypy --cache-dir build/mypy

imports: setup ## the arrows of ARCHITECTURE.md
	@$(BIN)/lint-imports --no-logo --cache-dir build/import-linter

bench: ## figures and ratios, no verdict
	@packaging/setup.sh --bench
	@for script in bench/*.py; do echo "== $$script"; QT_QPA_PLATFORM=offscreen $(BIN)/python "$$script"; done

lock: setup ## resolve the locks again from pyproject.toml
	@packaging/lock.sh

migration: setup ## write a new database revision: make migration WORDS="what it adds"
	@test -n "$(WORDS)" || { echo 'say what it adds: make migration WORDS="..."' >&2; exit 2; }
	@$(BIN)/python -m horizon_desktop.adapters.storage.revise "$(WORDS)"

docs: setup ## write docs/protocol again from the code's own tables
	@$(BIN)/python packaging/protocol_docs.py

clean: ## remove what the words above made, but for .venv
	@rm -rf build dist horizon_desktop/_generated
