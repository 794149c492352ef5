# record 0000000000000000 · bundle 1
# ComfyUI: FLUX.1 schnell
# Installs the node packages with comfy-cli. Run it in ComfyUI's Python environment.
# - ComfyUI-GGUF
# $env:DRY_RUN = 1 shows what it would do.
$ErrorActionPreference = 'Stop'
$COMFYUI_DIR = if ($env:COMFYUI_DIR) { $env:COMFYUI_DIR } else { (Join-Path $HOME 'ComfyUI') }
$CONSTRAINTS = if ($env:CONSTRAINTS) { $env:CONSTRAINTS } else { (Join-Path $PSScriptRoot 'constraints.txt') }
$REQUIREMENTS = if ($env:REQUIREMENTS) { $env:REQUIREMENTS } else { (Join-Path $PSScriptRoot 'requirements.txt') }
$env:PIP_CONSTRAINT = $CONSTRAINTS
$env:UV_CONSTRAINT = $CONSTRAINTS
function Run {
  $program, $rest = $args
  if ($env:DRY_RUN) { Write-Output ('+ ' + ($args -join ' ')) }
  else {
    & $program @rest
    if ($LASTEXITCODE) { throw "$program ended with $LASTEXITCODE" }
  }
}
Run 'pip' 'install' 'comfy-cli'
Run 'comfy' '--workspace' $COMFYUI_DIR 'node' 'install' '--exit-on-fail' 'https://github.com/city96/ComfyUI-GGUF'
Run 'git' '-C' (Join-Path $COMFYUI_DIR 'custom_nodes/ComfyUI-GGUF') 'checkout' '--detach' '10606d77d0e5c60d81b0d3a1f979dde26dfdfa95'
Run 'pip' 'install' '-r' $REQUIREMENTS
Write-Output 'Installed. Restart ComfyUI if it is running.'
