# The commands of a working day; `just` alone lists them.
default:
    @just --list

# the whole suite, doctests included
test:
    .venv/bin/pytest

# style, types, import contract
lint:
    .venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

# wall time, memory and start-up against a bare script
bench:
    .venv/bin/python benchmarks/match.py

# the sample month, from exports to village sheets
demo:
    .venv/bin/loubao match sample_data/2022-06
