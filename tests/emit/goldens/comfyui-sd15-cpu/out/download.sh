#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# made by rigfit emit
# Fetches 4 of 4 files into MODELS_DIR; run it again to go on where it stopped.
# hf comes with: pip install huggingface_hub. Gated repositories need hf auth login (or HF_TOKEN).
# DRY_RUN=1 shows what it would do.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
MODELS_DIR=${MODELS_DIR:-"$here/models"}

run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

# near FILE BYTES: the file is there, within 1 % of the listed size (which is rounded)
near() {
  [ -f "$1" ] || return 1
  local have
  have=$(wc -c < "$1")
  [ "$have" -ge $(($2 - $2 / 100)) ] && [ "$have" -le $(($2 + $2 / 100)) ]
}

have() {
  if near "$MODELS_DIR/$1" "$2"; then
    printf 'present: %s\n' "$1"
    return 0
  fi
  return 1
}

failed() {
  printf 'failed: %s\nIf it asks for it, accept the terms at %s and run: hf auth login\n' "$1" "$2" >&2
  exit 1
}

# file REPOSITORY NAME TARGET BYTES PATTERN...
file() {
  local repo=$1 name=$2 target=$3 bytes=$4 stage found=
  shift 4
  have "$target" "$bytes" && return
  stage="$MODELS_DIR/.downloads/${repo//\//--}/${target//\//--}"
  local include=()
  for pattern in "$@"; do include+=(--include "$pattern"); done
  run mkdir -p "$stage" "$(dirname "$MODELS_DIR/$target")"
  run hf download "$repo" "${include[@]}" --local-dir "$stage" || failed "$target" "https://huggingface.co/$repo"
  if [ -n "${DRY_RUN:-}" ]; then
    run mv "$stage/$name" "$MODELS_DIR/$target"
    return
  fi
  while IFS= read -r one; do
    if [ -z "$found" ] || near "$one" "$bytes"; then found=$one; fi
  done < <(find "$stage" -type f -name "$name" -not -path '*/.cache/*')
  [ -n "$found" ] || failed "$target" "https://huggingface.co/$repo"
  near "$found" "$bytes" || printf 'note: %s has another size than the catalog lists\n' "$target" >&2
  mv -n "$found" "$MODELS_DIR/$target"
}

# folder REPOSITORY REVISION TARGET BYTES
folder() {
  run mkdir -p "$MODELS_DIR/$3"
  run hf download "$1" --revision "$2" --local-dir "$MODELS_DIR/$3" || failed "$3" "https://huggingface.co/$1"
}

# address URL TARGET BYTES
address() {
  have "$2" "$3" && return
  run mkdir -p "$(dirname "$MODELS_DIR/$2")"
  run curl --fail --location --continue-at - --output "$MODELS_DIR/$2.part" "$1" || failed "$2" "$1"
  run mv -n "$MODELS_DIR/$2.part" "$MODELS_DIR/$2"
}

file stable-diffusion-v1-5/stable-diffusion-v1-5 diffusion_pytorch_model.safetensors diffusion_models/stable-diffusion-v1-5-diffusion_pytorch_model.safetensors 3438083856 diffusion_pytorch_model.safetensors unet/diffusion_pytorch_model.safetensors transformer/diffusion_pytorch_model.safetensors
file stabilityai/sd-vae-ft-mse-original vae-ft-mse-840000-ema-pruned.safetensors vae/vae-ft-mse-840000-ema-pruned.safetensors 335000000 vae-ft-mse-840000-ema-pruned.safetensors '*/vae-ft-mse-840000-ema-pruned.safetensors'
file ByteDance/Hyper-SD Hyper-SD15-4steps-lora.safetensors loras/Hyper-SD15-4steps-lora.safetensors 269000000 Hyper-SD15-4steps-lora.safetensors '*/Hyper-SD15-4steps-lora.safetensors'
file comfyanonymous/flux_text_encoders clip_l.safetensors text_encoders/clip_l.safetensors 246000000 clip_l.safetensors '*/clip_l.safetensors'
