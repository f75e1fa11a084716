# make lab: set up once, then open the course.   make test: what a change should pass.
# make ci: make test, then the long rest, as CI runs them.   make site: the course as a web site.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# JupyterLab refuses root without this word, and in a container everybody is root.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# Memory of large tensors stays with the process (glibc): fetching fresh pages for them in every
# training step costs more than the arithmetic on them. See benchmarks/README.md.
export MALLOC_MMAP_MAX_ := 0
export MALLOC_TRIM_THRESHOLD_ := 1073741824

.PHONY: lab test ci notebooks site latency bench
lab: $(VENV)/lab.stamp
	$(BIN)/python -m jupyterlab $(AS_ROOT) notebooks/00_start_here.ipynb

test: $(VENV)/test.stamp
	$(BIN)/python tests/run_all.py

ci: $(VENV)/test.stamp
	$(BIN)/python tests/run_all.py --all

notebooks: $(VENV)/lab.stamp
	$(BIN)/python notebooks/build.py

site: $(VENV)/site.stamp
	$(BIN)/python docs/make_site.py

latency: $(VENV)/test.stamp
	$(BIN)/python benchmarks/latency.py

PEERS := norse spikingjelly s5-pytorch nir nirtorch h5py loguru
bench: $(VENV)/test.stamp $(VENV)/peers
	PYTHONPATH=$(VENV)/peers $(BIN)/python benchmarks/bench.py

$(VENV)/peers: | $(BIN)/python
	$(BIN)/python -m pip install -q --target $@ --no-deps $(PEERS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "sslearn needs Python 3.11 or later: run  make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "This Python lacks venv: on Debian and Ubuntu run  apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip

$(VENV)/lab.stamp: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), once: 1.5 GB on disk, a few minutes on a home line."
	$(BIN)/python -m pip install -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-test.txt requirements.txt docs/requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -r requirements-test.txt
	@touch $@ $(VENV)/lab.stamp $(VENV)/site.stamp

$(VENV)/site.stamp: docs/requirements.txt $(VENV)/lab.stamp
	$(BIN)/python -m pip install -r docs/requirements.txt
	@touch $@
