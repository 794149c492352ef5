#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# SD.Next: SDXL 1.0 base
# DRY_RUN=1 shows the options.
MODELS_DIR=${MODELS_DIR:-"$HOME/rigfit/models"}
SDNEXT_DIR=${SDNEXT_DIR:-"$HOME/sdnext"}
run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}
run "$SDNEXT_DIR/webui.sh" --medvram --ckpt-dir "$MODELS_DIR/checkpoints"
