#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# AUTOMATIC1111 Stable Diffusion WebUI: DreamShaper 8
# DRY_RUN=1 shows the options.
MODELS_DIR=${MODELS_DIR:-"$HOME/rigfit/models"}
export COMMANDLINE_ARGS="--ckpt-dir '$MODELS_DIR/checkpoints'"
if [ -n "${DRY_RUN:-}" ]; then
  printf '%s\n' "$COMMANDLINE_ARGS"
fi
