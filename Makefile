# The two commands: `make run` and `make test`. Everything lands in .venv and var.
# A part of the tests: `make test WHAT=annotation/review`; a part of the bench: `make bench WHAT=pages`.

EXTRAS ?= train
INSTALL = sh requirements/install.sh
PYTHON_M = .venv/bin/python -m

.PHONY: run install test lint lint-pages format bench lock clean

run: install
	@exec $(PYTHON_M) studio.embedded

install:
	@PYTHON="$(PYTHON)" $(INSTALL) servers base $(EXTRAS)

test:
	@PYTHON="$(PYTHON)" $(INSTALL) servers base train lm_eval dev
ifdef WHAT
	@$(PYTHON_M) tests.part $(WHAT)
else
	@sh .ci/chromium
	@$(MAKE) --no-print-directory lint
	@$(PYTHON_M) pytest -n 3
endif

lint:
	@$(PYTHON_M) ruff check .
	@$(PYTHON_M) ruff format --check .
	@$(PYTHON_M) mypy .
	@.venv/bin/lint-imports
	@$(MAKE) --no-print-directory lint-pages

# Templates, style sheets and modules: one element or declaration a line, no line above 120 characters.
TEMPLATES = $(wildcard */templates)
lint-pages:
	@! LC_ALL=C.UTF-8 grep -rnE '^.{121,}' $(TEMPLATES) frontend/static --include=*.html --include=*.css --include=*.js
	@.venv/bin/djhtml --check --tabwidth 2 --extra-block one_line,endone_line $(TEMPLATES)
	@.venv/bin/djlint --lint --quiet $(TEMPLATES)
	@.venv/bin/deno fmt --check --quiet --line-width 120 frontend/static

# Lays out what `lint-pages` finds fault with, where a program can.
format:
	@$(PYTHON_M) ruff format .
	@.venv/bin/djhtml --tabwidth 2 --extra-block one_line,endone_line $(TEMPLATES)
	@.venv/bin/deno fmt --quiet --line-width 120 frontend/static

bench:
	@PYTHON="$(PYTHON)" $(INSTALL) servers base train dev
	@$(PYTHON_M) tests.bench $(WHAT)

# Have pip's resolver choose one version of every package for all lists together, those for GPUs too.
lock:
	@$(PYTHON_M) requirements.lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
