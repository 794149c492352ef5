@echo off
rem record 0000000000000000 · bundle 1
rem ComfyUI: SDXL 1.0 base
rem Starts ComfyUI for: SDXL 1.0 base.
rem set DRY_RUN=1 shows what it would do.
setlocal
set "HERE=%~dp0"
if not defined COMFYUI_DIR set "COMFYUI_DIR=%USERPROFILE%\ComfyUI"
if not defined PYTHON set "PYTHON=python"
if not defined HERE_DIR set "HERE_DIR=%HERE:~0,-1%"
if defined DRY_RUN (
  echo "%PYTHON%" "%COMFYUI_DIR%\main.py" --disable-smart-memory --extra-model-paths-config "%HERE_DIR%\extra_model_paths.yaml"
) else (
  "%PYTHON%" "%COMFYUI_DIR%\main.py" --disable-smart-memory --extra-model-paths-config "%HERE_DIR%\extra_model_paths.yaml"
  if errorlevel 1 pause
)
