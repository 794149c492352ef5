@echo off
rem record 0000000000000000 · bundle 1
rem Fooocus: SDXL 1.0 base and refiner
rem Starts Fooocus, entry_with_update.py for: SDXL 1.0 base and refiner.
rem set DRY_RUN=1 shows what it would do.
setlocal
set "HERE=%~dp0"
if defined DRY_RUN (
  echo python entry_with_update.py
) else (
  python entry_with_update.py
  if errorlevel 1 pause
)
