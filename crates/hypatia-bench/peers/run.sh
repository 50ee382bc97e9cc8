#!/bin/bash
# One command: everything is in README.md.   ./run.sh [--filter REGEX] [--peers REGEX] [--quick] ...
cd "$(dirname "$0")"
VENV=${BENCH_VENV:-${TMPDIR:-/tmp}/benchvenv}
case " $* " in *" --table "*) PYTHONDONTWRITEBYTECODE=1 exec python3 run.py "$@";; esac
if [ ! -f "$VENV/.bench-ready" ]; then ./setup.sh || exit 1; fi
if [ -z "$BENCH_HYPATIA" ]; then
  cargo build -q --release -p hypatia-bench || exit 1
  export BENCH_HYPATIA="${CARGO_TARGET_DIR:-../../../target}/release/hypatia-bench-worker"
fi
export PYTHONDONTWRITEBYTECODE=1
exec python3 run.py "$@"
