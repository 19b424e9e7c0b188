# Every target sets up .venv by itself the first time; nothing needs to be active.
PYTHON := .venv/bin/python
READY := .venv/.ready

.PHONY: help demo test lint format types check clean

help:
	@echo "make demo    simulate a set, analyse it, and show truth beside measurement"
	@echo "make test    run the tests"
	@echo "make lint    check style and format; make format mends both"
	@echo "make types   check types"
	@echo "make check   lint, types and test"
	@echo "make clean   remove .venv and what tools left behind"

$(READY): pyproject.toml .ci/venv
	@.ci/venv

demo: $(READY)
	@.venv/bin/barpath demo

test: $(READY)
	@$(PYTHON) -m pytest -q

lint: $(READY)
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

format: $(READY)
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

types: $(READY)
	@$(PYTHON) -m mypy

check: lint types test

clean:
	rm -rf .venv build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
