# CI and people call only these. `make help` lists them.
PYTHON ?= python3
PORT ?= 8400
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := sdk/python/src service/src tests examples bench docs supply

.DEFAULT_GOAL := help
.PHONY: help run test soak check audit sbom bench docs docs-reference format setup setup-dev setup-system lock build-js dist release-check clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: $(VENV)/.run ## start the service with the example repository, on http://127.0.0.1:8400 (or PORT=…)
	@$(BIN)/python examples/plantbook/run.py --port $(PORT)

test: setup-dev ## run the whole test suite, a file at a time on each core; with TEST_ARGS="-k word -x", as pytest takes them
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

soak: setup-dev ## run the tests that take minutes: hundreds of kills while something is written
	@$(BIN)/python -m pytest -m soak

check: setup-dev ## format, lint, types, and known faults of dependencies
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	@$(BIN)/python -m supply.audit

audit: setup-dev ## look for known faults of dependencies; without the network, say what could not be looked at
	@$(BIN)/python -m supply.audit

sbom: setup-dev ## write the bill of materials (CycloneDX) to dist/sbom.cdx.json
	@mkdir -p dist && $(BIN)/python -m supply.sbom > dist/sbom.cdx.json && echo dist/sbom.cdx.json

bench: setup-dev ## measure what a call costs, beside other proxies; BENCH_ARGS=--quick only shows that it runs
	@$(BIN)/python -m bench $(BENCH_ARGS)

docs: setup-dev ## build the site of docs/, in docs/_build/html
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs docs/_build/html
	@echo "docs/_build/html/index.html"

docs-reference: setup-dev ## make docs/reference, and the contract and schema in protocol/, of the code
	@$(BIN)/python -m widget_service.openapi > protocol/openapi.json
	@$(BIN)/python -m widget_service.connectors.schema > protocol/registry.schema.json
	@$(BIN)/python -m docs.generate

format: setup-dev ## rewrite the code in the house's format
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

setup: $(VENV)/.run ## set up .venv with the commands of both packages

setup-dev: $(VENV)/.dev node_modules/.ready

# What the service and the SDK need, locked and hashed.
$(VENV)/.run: requirements/run.txt sdk/python/pyproject.toml service/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || { echo "Setting up $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@$(PIP_INSTALL) --require-hashes -r requirements/run.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e sdk/python -e service
	@touch $@

# What testing and checking need on top of it.
$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

# The browser SDK's tools and Pyodide, where node is there; tests that need them say so otherwise.
node_modules/.ready: package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund && touch $@; \
	else echo "npm is not there: tests that need it are skipped (make setup-system installs it)"; fi

setup-system: ## install the optional system packages (Debian): chromium, postgresql, redis, nginx, haproxy, bubblewrap, node
	@sh .ci/setup-system.sh

build-js: setup-dev ## build the browser SDK into the service's package, and renew what the admin pages load of others
	npm run --silent build

dist: setup-dev ## build what is published into dist/: wheels, sdists (each wheel from its sdist) and the npm package
	@rm -rf dist
	@for package in sdk/python service; do $(BIN)/uv build --quiet --no-build-isolation --no-create-gitignore --out-dir dist \
	  --python $(BIN)/python $$package || exit 1; done
	@if command -v npm >/dev/null; then npm pack --silent --workspace sdk/js --pack-destination dist >/dev/null; fi
	@ls dist

release-check: dist ## build, install into an empty environment, and try what is published there
	@$(BIN)/python -m pytest tests/packages -m "soak or not soak"

# Lock files name no host: npm writes down where each package asks for money.
define WITHOUT_FUNDING
const fs = require("fs"), lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.funding;
fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");
endef
export WITHOUT_FUNDING

lock: $(VENV)/.dev ## write the locked dependencies again; with UPGRADE=--upgrade, newer ones
	@for set in run dev; do \
	  inputs="service/pyproject.toml sdk/python/pyproject.toml requirements/build.in"; \
	  [ $$set = dev ] && inputs="$$inputs requirements/dev.in -c requirements/run.txt"; \
	  $(BIN)/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --no-annotate $$inputs -o requirements/$$set.txt; done
	@if command -v npm >/dev/null; then for folder in . bench/peers; do (cd $$folder && npm install --package-lock-only \
	    --ignore-scripts --silent --no-audit --no-fund && node -e "$$WITHOUT_FUNDING"); done; fi

clean: ## remove what was set up or built
	rm -rf $(VENV) node_modules sdk/*/dist service/dist dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
