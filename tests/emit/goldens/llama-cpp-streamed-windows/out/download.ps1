# record 0000000000000000 · bundle 1
# made by rigfit emit
# Fetches 1 of 1 files into MODELS_DIR; run it again to go on where it stopped.
# hf comes with: pip install huggingface_hub. Gated repositories need hf auth login (or HF_TOKEN).
# $env:DRY_RUN = 1 shows what it would do.
$ErrorActionPreference = 'Stop'
$MODELS_DIR = if ($env:MODELS_DIR) { $env:MODELS_DIR } else { Join-Path $PSScriptRoot 'models' }

function Run {
  $program, $rest = $args
  if ($env:DRY_RUN) { Write-Output ('+ ' + ($args -join ' ')) }
  else {
    & $program @rest
    if ($LASTEXITCODE) { throw "$program ended with $LASTEXITCODE" }
  }
}

# The file is there, within 1 % of the listed size (which is rounded).
function Test-Near($Path, [long]$Bytes) {
  (Test-Path -LiteralPath $Path -PathType Leaf) -and
    [math]::Abs((Get-Item -LiteralPath $Path).Length - $Bytes) -le $Bytes / 100
}

function Get-Weights($Repository, $Name, $Target, [long]$Bytes, $Patterns) {
  $Path = Join-Path $MODELS_DIR $Target
  if (Test-Near $Path $Bytes) { Write-Output "present: $Target"; return }
  $Stage = Join-Path $MODELS_DIR ('.downloads/' + $Repository.Replace('/', '--') + '/' + $Target.Replace('/', '--'))
  $Include = @($Patterns | ForEach-Object { '--include'; $_ })
  Run 'hf' 'download' $Repository @Include '--local-dir' $Stage
  if ($env:DRY_RUN) { return }
  $Found = Get-ChildItem -LiteralPath $Stage -Recurse -File -Filter $Name |
    Sort-Object { [math]::Abs($_.Length - $Bytes) } | Select-Object -First 1
  if (-not $Found) { throw "$Name is not in https://huggingface.co/$Repository" }
  New-Item -ItemType Directory -Force (Split-Path $Path) | Out-Null
  Move-Item -LiteralPath $Found.FullName $Path
}

function Get-Folder($Repository, $Revision, $Target) {
  Run 'hf' 'download' $Repository '--revision' $Revision '--local-dir' (Join-Path $MODELS_DIR $Target)
}

function Get-Address($Address, $Target, [long]$Bytes) {
  $Path = Join-Path $MODELS_DIR $Target
  if (Test-Near $Path $Bytes) { Write-Output "present: $Target"; return }
  if (-not $env:DRY_RUN) { New-Item -ItemType Directory -Force (Split-Path $Path) | Out-Null }
  Run 'curl.exe' '--fail' '--location' '--continue-at' '-' '--output' "$Path.part" $Address
  if (-not $env:DRY_RUN) { Move-Item -LiteralPath "$Path.part" $Path }
}

Get-Weights 'bartowski/Qwen_Qwen3-8B-GGUF' 'Qwen_Qwen3-8B-Q8_0.gguf' 'other/Qwen_Qwen3-8B-Q8_0.gguf' 8710000000 @('Qwen_Qwen3-8B-Q8_0.gguf','*/Qwen_Qwen3-8B-Q8_0.gguf')
