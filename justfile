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

# the wheel and the sdist, tried in a bare environment; they are kept in dist/
build:
    .venv/bin/pip install -q -e '.[package]' && .venv/bin/python tools/check_build.py dist

# wheels, hashes and a manual for an office without internet
offline DIR="dist/offline":
    .venv/bin/pip install -q -e '.[package]' && .venv/bin/python tools/offline.py {{DIR}}

# one program that needs no Python
single:
    .venv/bin/python tools/single_file.py
