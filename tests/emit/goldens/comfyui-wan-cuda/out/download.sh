#!/usr/bin/env bash
# record 0000000000000000 · bundle 1
# made by rigfit emit
# Fetches 3 of 3 files into MODELS_DIR; run it again to go on where it stopped.
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

file Comfy-Org/Wan_2.1_ComfyUI_repackaged umt5_xxl_fp16.safetensors text_encoders/umt5_xxl_fp16.safetensors 11400000000 umt5_xxl_fp16.safetensors '*/umt5_xxl_fp16.safetensors'
file Comfy-Org/Wan_2.2_ComfyUI_Repackaged wan2.2_ti2v_5B_fp16.safetensors diffusion_models/wan2.2_ti2v_5B_fp16.safetensors 10000000000 wan2.2_ti2v_5B_fp16.safetensors '*/wan2.2_ti2v_5B_fp16.safetensors'
file Comfy-Org/Wan_2.2_ComfyUI_Repackaged wan2.2_vae.safetensors vae/wan2.2_vae.safetensors 1410000000 wan2.2_vae.safetensors '*/wan2.2_vae.safetensors'
