# Every target sets itself up; nothing but Python 3.11+, pip and make is expected.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
STAMP := .venv/.ready
# Where this is set, every process compiles every package anew: tests start hundreds of them.
unexport PYTHONDONTWRITEBYTECODE
# The second try is for networks whose certificate only the machine's own store knows.
LOCKED := --quiet --python .venv/bin/python --require-hashes -r requirements.lock

.PHONY: setup demo test check coverage chaos chaos-up mixed simulate figures estimates leaks rivals bench flames pictures format docs lock clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml Makefile
	$(PYTHON) -m venv --clear --without-pip .venv
	$(PYTHON) -m pip --python .venv/bin/python install --quiet uv==$(UV_VERSION)
	$(BIN)/uv pip install $(LOCKED) || $(BIN)/uv --system-certs pip install $(LOCKED)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/ringback demo

# All of `ringback up` runs alone: a server, a worker and ten runs keep two cores busy. Three machines come last;
# they want Debian's Postgres, which .ci/run installs.
DOORS := $(addprefix tests/acceptance/, tickets/test_ticket_story.py prefect/test_ui.py \
	up/test_up.py up/test_up_moving.py up/test_up_lost.py up/test_up_restored.py workers)

# Most tests wait for something: three at a time keep two cores busy.
test: check
	$(BIN)/python -m pytest -n 3 --dist loadscope $(DOORS:%=--ignore=%)
	$(BIN)/python -m pytest $(DOORS)

# Which lines and branches of the rules, the ledger and the dispatch no test passes. Processes that are killed on
# purpose are not counted. TESTS chooses others: `make coverage TESTS=tests/unit`.
COVERED := models tasks/ledger tasks/dispatch
coverage: setup
	$(BIN)/python -m pytest -n 2 --dist loadscope --timeout 900 $(COVERED:%=--cov=%) --cov-branch \
		--cov-report=term-missing:skip-covered $(or $(TESTS),tests/unit tests/integration tests/conformance tests/chaos)

# Not part of the test run: longer looks at the same promises, and speed beside a rival.
chaos: setup
	$(BIN)/python -m tests.chaos --seeds $(or $(SEEDS),100)

# Kill all of `ringback up` at random moments while it recovers ten jobs; some minutes.
chaos-up: setup
	RINGBACK_UP_KILLS=$(or $(KILLS),10) RINGBACK_UP_RECOVERIES=$(or $(RECOVERIES),10) RINGBACK_UP_SEED=$(or $(SEED),1) \
		$(BIN)/python -m pytest -s tests/acceptance/up/test_up_killed.py

# The last version's build beside this one, on one ledger: OLD is its last commit.
OLD ?= c6fe30a
mixed: setup
	test -d .figures/$(OLD) || (mkdir -p .figures/$(OLD) && git archive $(OLD) | tar -x -C .figures/$(OLD))
	$(MAKE) -C .figures/$(OLD) setup
	$(BIN)/python -m tests.chaos.mixed --old .figures/$(OLD) --seeds $(or $(SEEDS),5)

simulate: setup
	$(BIN)/python -m tests.simulation --recoveries $(or $(RECOVERIES),10000)

# Both again, into docs/reliability.md.
figures: setup
	mkdir -p .figures
	$(BIN)/python -m tests.chaos --seeds $(or $(SEEDS),100) --json > .figures/chaos.json
	$(BIN)/python -m tests.simulation --recoveries $(or $(RECOVERIES),10000) --kept .figures/simulation.jsonl \
		--json > .figures/simulation.json
	$(BIN)/python -m docs.generate.reliability --chaos .figures/chaos.json --simulation .figures/simulation.json

# How true the ETA is, into docs/eta.md; some minutes.
estimates: setup
	mkdir -p .figures
	$(BIN)/python -m tests.simulation.estimates --json > .figures/estimates.json
	$(BIN)/python -m docs.generate.estimates .figures/estimates.json

# Every text that simulated recoveries show to anybody, searched for numbers and secrets, and their counts compared; into
# SECURITY.md. It fails where anything is found. Some minutes for each hundred.
leaks: setup
	mkdir -p .figures
	$(BIN)/python -m tests.simulation.leaks --recoveries $(or $(RECOVERIES),200) --json > .figures/leaks.json
	$(BIN)/python -m docs.generate.leaks .figures/leaks.json

# Rivals want packages that ringback must not have, so they have an environment of their own.
RIVALS := .bench-venv
LOCKED_RIVALS := --quiet --python $(RIVALS)/bin/python --require-hashes -r requirements-bench.lock

rivals: $(RIVALS)/.ready

$(RIVALS)/.ready: requirements-bench.lock | setup
	$(PYTHON) -m venv --clear --without-pip $(RIVALS)
	$(BIN)/uv pip install $(LOCKED_RIVALS) || $(BIN)/uv --system-certs pip install $(LOCKED_RIVALS)
	touch $@

# Every bench beside its rival, into docs/benchmarks.md. ROWS chooses some: `make bench ROWS="sweep start"`. Where the
# rivals cannot be had, as without a network, the page says which rows are missing.
bench: setup
	mkdir -p .figures
	-$(MAKE) rivals
	$(BIN)/python -m tests.bench $(ROWS) --rounds $(or $(ROUNDS),3) --json .figures/bench.json
	$(BIN)/python -m docs.generate.benchmarks .figures/bench.json

# Where the CPU of the two slowest rows goes, into docs/flames; some minutes.
flames: setup
	$(BIN)/python -m tests.bench.flames

# What a support agent sees in the Prefect UI, and the page of a report; needs a Chromium.
pictures: setup
	RINGBACK_BROWSER_REQUIRED=1 RINGBACK_PICTURES=docs/pictures $(BIN)/python -m pytest tests/acceptance/prefect/test_ui.py \
		tests/acceptance/test_report_page.py

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The parts of the docs that the program prints.
docs: setup
	$(BIN)/python -m docs.generate

# New locks hold hashes and name no package index.
lock: setup
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --group dev --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --group bench --python-version 3.11 -o requirements-bench.lock

clean:
	rm -rf .venv .bench-venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
