# Every target is one command of the project; npm scripts run under the Node.js that package-lock.json pins.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help deps tfjs-node binaries build lint test demo demo-down cluster-up cluster-down clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

deps: node_modules/.package-lock.json

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-fund --no-audit
	@touch $@

tfjs-node: deps ## the native backend of TensorFlow.js, for faster training (optional; downloads 200 MB)
	@tools/tfjs-node/build.sh

binaries: deps ## the local control plane's programs: found, or built once (about 12 minutes)
	@npm run --silent cluster -- build

build: deps ## compile to dist/
	@npm run --silent build

lint: deps ## types, lint, import rules, formatting, generated files
	@npm run --silent typecheck
	@npm run --silent lint
	@npm run --silent format:check
	@npm run --silent generate:check

test: build lint binaries ## everything CI runs; ends with "N passed, N failed"
	@npm run --silent test

demo: binaries build ## the main job end to end on 8 nodes, one of which fails; HISTORY=DIR uses recorded load
	@npm run --silent demo -- up --history "$(HISTORY)"

demo-down: deps ## end the demo, and remove all of it
	@npm run --silent demo -- down

cluster-up: binaries ## a local control plane with 8 simulated nodes; prints export KUBECONFIG=…
	@npm run --silent cluster -- up

cluster-down: deps ## end it, and remove all of it
	@npm run --silent cluster -- down

clean: ## remove what was built here
	rm -rf dist coverage
