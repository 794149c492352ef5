#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# MLX LM: Qwen3 8B
# Starts MLX LM, mlx_lm.server for: Qwen3 8B.
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
run mlx_lm.server --model "$MODELS_DIR"/llm/Qwen3-8B-8bit --max-kv-size 8192 --host 127.0.0.1 --port 8080
