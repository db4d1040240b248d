# The four words of this house: demo, run, test, check. Everything they need goes into .venv.
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
PORT   ?= 8000
PO     := $(wildcard locales/*/LC_MESSAGES/messages.po)
MO     := $(PO:.po=.mo)

.PHONY: help demo run test check lock messages benchmark wheel clean

help: ## what can be made here
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

demo: $(VENV)/.run $(MO) ## a throw-away room with two people in it, on http://127.0.0.1:8000
	@PORT=$(PORT) $(BIN)/companion demo

run: $(VENV)/.run $(MO) ## a real, empty instance; COMPANION_OPERATOR says who runs it
	@$(BIN)/companion serve

test: $(VENV)/.dev $(MO) ## everything, browser journeys too
	@$(BIN)/python tests/browser/chromium.py
	$(BIN)/pytest

benchmark: $(VENV)/.dev $(MO) ## what things cost, as ratios within one run
	$(BIN)/pytest -m benchmark -s tests/benchmarks

check: $(VENV)/.dev $(MO) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

wheel: $(VENV)/.dev $(MO) ## dist/companion-*.whl
	$(BIN)/python -m hatchling build -t wheel

messages: $(VENV)/.dev ## take new sentences into the catalogues
	@$(BIN)/pybabel -q extract -F locales/babel.cfg -k _l --no-location --sort-output -o locales/messages.pot .
	@for language in da en; do \
	  $(BIN)/pybabel -q update --init-missing --no-fuzzy-matching --ignore-obsolete \
	    -i locales/messages.pot -d locales -l $$language || exit 1; \
	  po=locales/$$language/LC_MESSAGES/messages.po; \
	  sed '/./,$$!d' $$po | sed -e '1,/^$$/{/^#/d; /^"\(Project\|Report\|POT\|PO-\|Last\|Language-T\|Generated\)/d;}' \
	    -e '$${/^$$/d;}' > $$po.new && mv $$po.new $$po || exit 1; \
	done
	@rm locales/messages.pot

lock: $(VENV)/.dev ## write the hashed lock files anew
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --group build --universal --generate-hashes --no-header -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header -q -o requirements-dev.lock

clean: ## forget what was installed and compiled
	rm -rf $(VENV) dist $(MO)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Companion needs Python 3.11 or newer; set PYTHON=… to point at one."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing: on Debian, apt install python3-venv."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

%.mo: %.po | $(VENV)/.run
	@$(BIN)/pybabel -q compile -i $< -o $@
