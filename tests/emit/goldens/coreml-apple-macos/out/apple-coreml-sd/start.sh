#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# Core ML Stable Diffusion (Apple): Stable Diffusion 3 Medium (Core ML)
# Starts Core ML Stable Diffusion, python_coreml_stable_diffusion.pipeline for: Stable Diffusion 3 Medium (Core ML).
# DRY_RUN=1 shows what it would do.
set -euo pipefail
run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}
run python -m python_coreml_stable_diffusion.pipeline -o images --compute-unit CPU_AND_GPU --num-inference-steps 28 --prompt 'a photograph of a lighthouse'
