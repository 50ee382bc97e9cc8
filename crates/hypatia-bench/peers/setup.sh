#!/bin/bash
# Builds everything the peers' benchmark needs; safe to rerun.  Registries only: PyPI and crates.io.
# Places, by default in the folder for temporary files:
#   BENCH_VENV (benchvenv)  Python peers        BENCH_MKL (benchmkl)  Intel MKL from PyPI (PyTensor's C backend, candle+mkl, VML)
#   BENCH_BIN (bench-bin)  Rust and C binaries  BENCH_TARGET (bench-rust-target)  cargo target folder
set -e
cd "$(dirname "$0")"
T=${TMPDIR:-/tmp}
VENV=${BENCH_VENV:-$T/benchvenv}; MKL=${BENCH_MKL:-$T/benchmkl}; BIN=${BENCH_BIN:-$T/bench-bin}
PYV=
for c in "$HOME"/.pyenv/versions/3.12*/bin/python "$HOME"/.pyenv/versions/3.13*/bin/python "$(command -v python3.12)" "$(command -v python3.13)" "$(command -v python3)"; do
  if [ -n "$c" ] && "$c" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then PYV=$c; break; fi
done
echo "python: $PYV ($("$PYV" --version))   (3.12 or later gets newer JAX, PyTensor and NumPy than 3.11)"
[ -x "$VENV/bin/python" ] || "$PYV" -m venv "$VENV"
PIP="$VENV/bin/pip -q --disable-pip-version-check"
# the pins need 3.12; on an older Python take whatever is newest there
$PIP install -r requirements.txt || $PIP install jax jaxlib pytensor numba numpy scipy psutil threadpoolctl setuptools
# torch: the PyPI wheel is the CUDA one. --no-deps leaves 2+ GB of CUDA libraries away; tools/torch_stubs.py makes it import without them
$PIP install --no-deps torch==2.15.0 "nvidia-cuda-runtime~=13.0" typing_extensions sympy mpmath networkx jinja2 MarkupSafe fsspec filelock
"$VENV/bin/python" tools/torch_stubs.py
if [ ! -e "$MKL/lib/libmkl_rt.so.3" ]; then
  "$PYV" -m venv --without-pip "$MKL"
  "$VENV/bin/pip" -q --disable-pip-version-check --python "$MKL/bin/python" install --no-deps mkl==2026.2.0 mkl-static==2026.2.0 mkl-include==2026.2.0 mkl-devel==2026.2.0 intel-openmp==2026.2.0
fi
mkdir -p "$BIN"
gcc -O3 -march=sapphirerapids -pthread limits/limits.c -o "$BIN/limits" -lmvec -lm -ldl
[ -n "$BENCH_NO_RUST" ] || rust-peers/build.sh
"$VENV/bin/python" - <<'PY'
import jax, torch, pytensor, numpy, numba
print("jax", jax.__version__, "| torch", torch.__version__, "| pytensor", pytensor.__version__, "| numpy", numpy.__version__, "| numba", numba.__version__)
PY
touch "$VENV/.bench-ready"
