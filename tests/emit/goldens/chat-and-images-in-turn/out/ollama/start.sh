#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# Ollama: Qwen3 8B
# Starts Ollama, environment of the server for: Qwen3 8B.
# DRY_RUN=1 shows what it would do.
set -euo pipefail
export OLLAMA_CONTEXT_LENGTH=8192
export OLLAMA_KEEP_ALIVE=0
run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}
run ollama serve
