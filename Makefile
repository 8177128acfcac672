# On a machine with make and a Python of 3.11 to 3.13: `make demo`, `make test`.
#
# Both work in .venv, which the first of them creates and which is brought up to
# date when setup.cfg, pyproject.toml or requirements.lock change.

# Where to look for Python: the first that fits is taken. The lock file was
# tested most on 3.11. Override: make test PYTHON=/path/to/python3.13
PYTHON = python3.11 python3.12 python3.13 python3
VENV = .venv
# How many processes run the tests.
JOBS = 2

BIN = $(VENV)/bin
PIP_INSTALL = $(BIN)/python -m pip install --quiet \
    --disable-pip-version-check --constraint requirements.lock
PYTEST = $(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadscope
SOURCES_OF_VENV = setup.cfg pyproject.toml requirements.lock
PYTHON_FITS = import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

export TF_CPP_MIN_LOG_LEVEL ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint format lock clean

help:  ## List the goals
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' \
	    Makefile

demo: $(VENV)/demo.stamp  ## Train, sample, export, serve and convert a VAE
	$(BIN)/python -m examples.demo

test: lint  ## All that continuous integration runs: lint and tests
	$(PYTEST) --durations 10

coverage: lint  ## The tests, a third slower, and the lines that they reach
	$(PYTEST) --cov --cov-fail-under 85

lint: $(VENV)/test.stamp  ## Style and static errors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/test.stamp  ## Rewrite the sources in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:  ## Renew requirements.lock from the newest versions that setup.cfg allows
	@$(MAKE) --no-print-directory VENV=build/lock build/lock/bin/python
	build/lock/bin/python -m pip install --quiet --editable ".[dev]"
	build/lock/bin/python -m pip check
	@{ echo "# The tested versions of everything in .[dev]; made by make lock."; \
	    build/lock/bin/python -m pip freeze --all --exclude-editable \
	        --exclude pip; } > build/requirements.lock
	@mv build/requirements.lock requirements.lock
	@rm -rf build/lock

clean:  ## Delete what make has made: .venv, caches, build results
	rm -rf $(VENV) build dist *.egg-info htmlcov .coverage .coverage.*
	rm -rf .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/demo.stamp: $(SOURCES_OF_VENV) | $(BIN)/python
	@echo "Installing the library into $(VENV): some minutes, 2.5 GB ..."
	@$(PIP_INSTALL) --editable ".[serving,mobile]"
	@touch $@

# Contains all that the demo needs, too.
$(VENV)/test.stamp: $(SOURCES_OF_VENV) | $(BIN)/python
	@echo "Installing library and tools into $(VENV): some minutes, 2.5 GB ..."
	@$(PIP_INSTALL) --editable ".[dev]"
	@touch $(VENV)/demo.stamp $@

# --clear: what an interrupted attempt has left is not used.
$(BIN)/python:
	@for python in $(PYTHON); do \
	    "$$python" -c '$(PYTHON_FITS)' 2> /dev/null || continue; \
	    found="$$python"; \
	    "$$python" -c 'import ensurepip, venv' 2> /dev/null || continue; \
	    exec "$$python" -m venv --clear $(VENV); \
	done; \
	if [ -n "$$found" ]; then \
	    echo "error: $$found has no venv module. Install it (Debian and" \
	        "Ubuntu: apt install python3-venv) and run make again." >&2; \
	else \
	    echo "error: no Python of 3.11 to 3.13 among: $(PYTHON). Install" \
	        "one, or name yours: make PYTHON=/path/to/python3.12 ..." >&2; \
	fi; \
	exit 1
