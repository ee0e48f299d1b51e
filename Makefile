# DeepSign. Every target sets itself up: Python 3.11 to 3.13 and make are all that a machine needs.

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do "$$name" -c '$(SUPPORTED)' 2>/dev/null && echo "$$name" && break; done)
RUN := .venv/bin/python
INSTALL := $(RUN) -m pip install -qq --progress-bar off --disable-pip-version-check --no-deps
DOCTEST := $(RUN) -m pytest --doctest-modules deepsign_helpers
MANIFEST := data_synthetic/manifest.csv

.PHONY: course lab check test test-lowest test-newest offline study data notebooks badges site bench lint clean

# Run every notebook, in order, into build/notebooks; then seconds, memory and the verifier's error rates.
course: .venv/ready $(MANIFEST) ; $(RUN) -m tools.course

# Open JupyterLab on the course map.
lab: .venv/ready $(MANIFEST) ; $(RUN) -m jupyterlab --LabApp.default_url=/lab/tree/README.md

# What a change needs before it is shown: lint, unit tests, and the examples in docstrings. Some minutes.
check: lint $(MANIFEST) ; $(DOCTEST) && $(RUN) -m pytest -m "not slow"

# Run every test, the notebooks' stored outputs included. Half an hour.
test: .venv/ready $(MANIFEST) ; $(DOCTEST) && $(RUN) -m pytest

# Run the unit tests on the lowest versions that the bounds in pyproject.toml allow, in build/lowest.
test-lowest: .venv/ready $(MANIFEST) ; $(RUN) -m tools.launch test lowest

# Run the unit tests on the newest versions that there are, in build/newest.
test-newest: .venv/ready $(MANIFEST) ; $(RUN) -m tools.launch test newest

# Collect into build/offline what a classroom without a network installs; a README there says how.
offline: .venv/ready ; $(RUN) -m tools.launch offline

# Train the verifier of half an hour into build/study, then measure the tables of chapters 00, 04, 05 and 07 to 09: two hours.
# One part only: make study PART=study (the verifier), or classroom, untrained, fusion, game, speed, encoders, losses,
# augmentation, folds, pairs, search, realism, maps, sheets; or calibration, which turns the knobs of `synthesis.ensemble`.
study: .venv/ready ; $(RUN) -m studies $(PART)

# Generate the small corpus again; the seed is fixed, so it comes out the same.
data: .venv/ready ; $(RUN) -m deepsign_helpers data

# Execute the notebooks in place: their outputs are committed.
notebooks: .venv/ready $(MANIFEST) ; $(RUN) -m tools.course --in-place

# Stamp repository, tag and chapters into README and notebooks, and into each cell what it is on a slide.
badges: .venv/ready ; $(RUN) -m tools.badges && $(RUN) -m tools.slides

# Build the site from the committed notebooks, into build/site.
site: .venv/ready ; $(RUN) -m tools.website

# Measure speed against the bounds of the design; damage files for longer than `make test` does.
bench: .venv/ready ; $(RUN) -m pytest tests/benchmarks tests/fuzzing --hypothesis-profile long --override-ini addopts=-ra

# What must not come in, and how code is written.
lint: .venv/ready ; $(RUN) -m tools.guard && $(RUN) -m ruff check && $(RUN) -m ruff format --check

# What was trained, drawn or played stays in build: some of it cannot be made again.
clean: ; rm -rf .venv .pytest_cache .ruff_cache build/notebooks build/site

$(MANIFEST): | .venv/ready
	$(RUN) -m deepsign_helpers data

# The stamp is written last: a set-up that was interrupted starts afresh, a finished one is brought up to date, with the
# Python that it was made with.
.venv/ready: requirements-dev.lock pyproject.toml
	@"$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null || { echo "Python 3.11, 3.12 or 3.13 is needed; install one, or say where it is: make course PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up .venv, once: some minutes, 3.5 GB of disk."
	@test -e $@ && $(RUN) -c "" 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@rm -f $@
	@$(INSTALL) --requirement requirements-dev.lock
	@$(INSTALL) --no-build-isolation --editable .
	@$(RUN) -m pip check
	@mkdir -p .venv/share/jupyter/lab/settings
	@echo '{"@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}}}' > .venv/share/jupyter/lab/settings/overrides.json
	@touch $@
