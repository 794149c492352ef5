#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# ComfyUI: FLUX.1 dev
# Installs the node packages with comfy-cli. Run it in ComfyUI's Python environment.
# - ComfyUI-GGUF
# - ComfyUI-nunchaku
# DRY_RUN=1 shows what it would do.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
COMFYUI_DIR=${COMFYUI_DIR:-"$HOME/ComfyUI"}
CONSTRAINTS=${CONSTRAINTS:-"$here/constraints.txt"}
REQUIREMENTS=${REQUIREMENTS:-"$here/requirements.txt"}
export PIP_CONSTRAINT="$CONSTRAINTS"
export UV_CONSTRAINT="$CONSTRAINTS"
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
run git -C "$COMFYUI_DIR"/custom_nodes/ComfyUI-GGUF checkout --detach 10606d77d0e5c60d81b0d3a1f979dde26dfdfa95
run comfy --workspace "$COMFYUI_DIR" node install --exit-on-fail https://github.com/nunchaku-tech/ComfyUI-nunchaku
run git -C "$COMFYUI_DIR"/custom_nodes/ComfyUI-nunchaku checkout --detach 08989b09de116568b90235aecb9b91e33e100521
run pip install -r "$REQUIREMENTS"
printf '%s\n' 'Installed. Restart ComfyUI if it is running.'
