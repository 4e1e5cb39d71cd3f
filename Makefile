.PHONY: help setup demo test serve bench

# Without stored bytecode every process compiles its modules for seconds, and the tests start many.
unexport PYTHONDONTWRITEBYTECODE

help: ## List what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Create .venv with everything that checks and tests need.
	@scripts/setup

demo: ## Extract two sample documents with a service of its own.
	@scripts/setup demo
	@scripts/demo

test: setup ## Formatting, lint, types, import rules and all tests: what CI runs.
	@scripts/check
	@scripts/test

serve: ## Run the service on port 7860.
	@scripts/setup demo
	@.venv/bin/docwitness-server serve --port 7860

bench: setup ## Measure on real documents, where they are at hand, and write docs/benchmarks.md.
	@.venv/bin/python -m benchmarks
