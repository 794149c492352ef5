#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# llama.cpp: Qwen3 8B
# Starts llama.cpp, llama-server for: Qwen3 8B.
# DRY_RUN=1 shows what it would do.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
MODELS_DIR=${MODELS_DIR:-"$here/../models"}
run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}
run llama-server -m "$MODELS_DIR"/other/Qwen_Qwen3-8B-Q8_0.gguf -c 8192 --host 127.0.0.1 --port 8080 -ngl all -fa on
