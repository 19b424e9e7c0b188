# Every target sets up .venv by itself the first time; nothing needs to be active.
PYTHON := .venv/bin/python
READY := .venv/.ready

.PHONY: help demo test lint format types check bench bench-short clean

help:
	@echo "make demo    simulate a set, analyse it, and show truth beside measurement"
	@echo "make test    run the tests"
	@echo "make lint    check style and format; make format mends both"
	@echo "make types   check types"
	@echo "make check   lint, types and test"
	@echo "make bench   measure accuracy, speed, findings and comparisons, and write their tables into docs"
	@echo "make bench-short   a few clips of it, printed and not written"
	@echo "make clean   remove .venv and what tools left behind"

$(READY): pyproject.toml .ci/venv
	@.ci/venv

demo: $(READY)
	@.venv/bin/barpath demo

test: $(READY)
	@.ci/browser
	@$(PYTHON) -m pytest -q -rs

lint: $(READY)
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

format: $(READY)
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

types: $(READY)
	@$(PYTHON) -m mypy

check: lint types test

bench: $(READY)
	@$(PYTHON) -m benchmarks.accuracy --write docs/accuracy.md
	@$(PYTHON) -m benchmarks.speed --write docs/speed.md
	@$(PYTHON) -m benchmarks.technique --write docs/technique.md
	@$(PYTHON) -m benchmarks.technique_clips --write docs/technique.md
	@$(PYTHON) -m benchmarks.technique_curve docs/images/technique.svg
	@$(PYTHON) -m benchmarks.comparison --rendered 3 --write docs/comparison.md

bench-short: $(READY)
	@$(PYTHON) -m benchmarks.accuracy --short
	@$(PYTHON) -m benchmarks.speed --short

clean:
	rm -rf .venv build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
