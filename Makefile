# Every target sets up what it needs: Python 3.11 and git are enough to start from.
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check night docs lock clean

demo: $(READY)  ## the main job on embedded defaults: lab, manifests, drift found and repaired
	$(BIN)/umctl demo

test: $(READY) $(VENV)/.kerberos $(VENV)/.kamailio $(VENV)/.apiserver $(VENV)/.gitops $(VENV)/.prometheus  ## every suite; one line each at the end
	$(BIN)/python tests/suites.py

check: $(READY)  ## format, lint, types, layers, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

night: $(READY) $(VENV)/.kerberos $(VENV)/.kamailio $(VENV)/.apiserver $(VENV)/.gitops $(VENV)/.prometheus  ## what takes longer: campaigns, the image, benchmarks
	sh tools/debootstrap.sh
	$(BIN)/python tests/suites.py --night
	for benchmark in benchmarks/*.py; do PYTHONPATH=tests $(BIN)/python $$benchmark || exit 1; done

docs: $(READY)
	$(BIN)/mkdocs serve

$(READY): requirements/dev.txt pyproject.toml tools/setup.sh
	PYTHON=$(PYTHON) VENV=$(VENV) sh tools/setup.sh
	touch $@

$(VENV)/.kerberos: $(READY) requirements/kerberos.txt tools/kerberos.sh
	VENV=$(VENV) sh tools/kerberos.sh
	touch $@

$(VENV)/.kamailio: $(READY) tools/kamailio.sh
	sh tools/kamailio.sh
	touch $@

$(VENV)/.apiserver: $(READY) requirements/cluster.txt tests/cluster/apiserver/go.sum tools/apiserver.sh
	VENV=$(VENV) sh tools/apiserver.sh
	touch $@

$(VENV)/.gitops: $(VENV)/.apiserver $(wildcard tests/gitops/*/go.sum) tests/gitops/definitions.txt tools/gitops.sh
	VENV=$(VENV) sh tools/gitops.sh
	touch $@

$(VENV)/.prometheus: $(READY) tools/prometheus.sh
	sh tools/prometheus.sh
	touch $@

lock: $(READY)  ## resolve requirements/*.txt anew
	sh tools/lock.sh

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
