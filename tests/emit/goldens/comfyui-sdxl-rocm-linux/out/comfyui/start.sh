#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# ComfyUI: SDXL 1.0 base
# Starts ComfyUI for: SDXL 1.0 base.
# DRY_RUN=1 shows what it would do.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
COMFYUI_DIR=${COMFYUI_DIR:-"$HOME/ComfyUI"}
PYTHON=${PYTHON:-python3}
HERE_DIR=${HERE_DIR:-"$here"}
run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}
run "$PYTHON" "$COMFYUI_DIR"/main.py --extra-model-paths-config "$HERE_DIR"/extra_model_paths.yaml
