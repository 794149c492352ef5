#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# ComfyUI: FLUX.1 dev
# Installs the node packages with comfy-cli. Run it in ComfyUI's Python environment.
# - ComfyUI-GGUF
# DRY_RUN=1 shows what it would do.
set -euo pipefail
COMFYUI_DIR=${COMFYUI_DIR:-"$HOME/ComfyUI"}
run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}
run pip install comfy-cli
run comfy --workspace "$COMFYUI_DIR" node install --exit-on-fail https://github.com/city96/ComfyUI-GGUF
printf '%s\n' 'Installed. Restart ComfyUI if it is running.'
