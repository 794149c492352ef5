#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# stable-diffusion.cpp: SDXL 1.0 base
# Starts stable-diffusion.cpp, sd-cli for: SDXL 1.0 base.
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
run sd-cli -m "$MODELS_DIR"/checkpoints/sd_xl_base_1.0.safetensors -W 1024 -H 1024 --steps 30 -p 'a photograph of a lighthouse' --offload-to-cpu --diffusion-fa
