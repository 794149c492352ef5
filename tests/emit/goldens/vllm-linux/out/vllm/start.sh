#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# vLLM: Qwen3 8B
# Starts vLLM, vllm serve for: Qwen3 8B.
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
run vllm serve "$MODELS_DIR"/llm/Qwen3-8B --max-model-len 8192
