#!/bin/bash
# Builds the Rust peers one job at a time and copies the binaries to $BENCH_BIN.  BENCH_RUST="raw hand candle candle-mkl burn" chooses.
set -e
cd "$(dirname "$0")"
T=${TMPDIR:-/tmp}
BIN=${BENCH_BIN:-$T/bench-bin}
export MKLROOT=${BENCH_MKL:-$T/benchmkl} CARGO_TARGET_DIR=${BENCH_TARGET:-$T/bench-rust-target}
export PKG_CONFIG_PATH=$MKLROOT/lib/pkgconfig
mkdir -p "$BIN"
for k in ${BENCH_RUST:-raw hand candle burn candle-mkl}; do
  case $k in
    raw)    cargo build -j1 --release -q -p raw && install "$CARGO_TARGET_DIR/release/raw" "$BIN/" ;;
    hand)   cargo build -j1 --release -q -p hand && install "$CARGO_TARGET_DIR/release/hand" "$BIN/"
            RUSTFLAGS="-C target-cpu=native" cargo build -j1 --release -q -p hand --target-dir "$CARGO_TARGET_DIR-native" && install "$CARGO_TARGET_DIR-native/release/hand" "$BIN/hand-native" ;;
    candle) cargo build -j1 --release -q -p candle-peer && install "$CARGO_TARGET_DIR/release/candle-peer" "$BIN/" ;;
    # elementwise SIMD of candle is chosen at compile time, so its native build is a peer of its own
    candle-native) RUSTFLAGS="-C target-cpu=native" cargo build -j1 --release -q -p candle-peer --target-dir "$CARGO_TARGET_DIR-native" && install "$CARGO_TARGET_DIR-native/release/candle-peer" "$BIN/candle-peer-native" ;;
    candle-mkl) cargo build -j1 --release -q -p candle-peer --features mkl --target-dir "$CARGO_TARGET_DIR-mkl" && install "$CARGO_TARGET_DIR-mkl/release/candle-peer" "$BIN/candle-peer-mkl" || echo "candle-mkl: not built (MKL not found?)" ;;
    burn)   cargo build -j1 --release -q -p burn-peer && install "$CARGO_TARGET_DIR/release/burn-peer" "$BIN/" ;;
  esac
  echo "built: $k"
done
