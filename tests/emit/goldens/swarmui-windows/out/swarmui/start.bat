@echo off
rem record 0000000000000000 · bundle 1
rem SwarmUI: SDXL 1.0 base
rem Starts SwarmUI, its launch scripts for: SDXL 1.0 base.
rem set DRY_RUN=1 shows what it would do.
setlocal
set "HERE=%~dp0"
if defined DRY_RUN (
  echo ./launch-linux.sh
) else (
  ./launch-linux.sh
  if errorlevel 1 pause
)
