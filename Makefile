# Everything a person types. The work is done by small scripts in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo test check fix bench lock clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Set up, load the demonstration sub-district, print the brief and serve http://127.0.0.1:8000
	@scripts/setup base
	@exec .venv/bin/dongche demo

test: ## Set up, then every check and every test, on SQLite, on PostgreSQL and in a browser
	@scripts/setup dev
	@exec scripts/test

check: ## Lint, format, imports, types: nothing is changed
	@scripts/setup dev
	@exec scripts/check

fix: ## Put right what the linter and the formatter can, and bring generated pages up to date
	@scripts/setup dev
	@exec scripts/fix

bench: ## Measure, one benchmark after the other
	@scripts/setup bench
	@exec scripts/bench

lock: ## Pin the newest allowed versions of all packages
	@scripts/setup dev
	@exec scripts/pin

clean: ## Remove what was installed and built; var/, where the data is, stays
	rm -rf .venv node_modules build dist htmlcov .coverage* src/*.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.mo' -delete
