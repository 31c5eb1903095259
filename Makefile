# Thin on purpose: each target is a script in scripts/, which says what it does at its top.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help run dev test check e2e bench fmt dist screenshots clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Install what is missing, build, and serve the demo at http://127.0.0.1:3000
	@scripts/run

dev: ## Serve a debug build that rebuilds and reloads as files change
	@scripts/dev

test: ## Every test: Rust on both databases, Stripe's libraries, wasm size, browser
	@scripts/test

check: ## Format, lints, documentation, licences
	@scripts/check

e2e: ## The browser tests alone (ARGS="accounts --headed")
	@scripts/setup test && scripts/build && scripts/e2e $(ARGS)

bench: ## The benchmarks of benches/README.md
	@scripts/bench

fmt: ## Format the code
	@. scripts/env && cargo fmt --all

dist: ## One tarball with everything that a server needs, in dist/
	@scripts/dist

screenshots: ## Take the README's screenshots anew
	@scripts/screenshots

clean: ## Remove what was built in this checkout (not the shared dependencies, not data/)
	@rm -rf target dist end2end/report end2end/test-results
