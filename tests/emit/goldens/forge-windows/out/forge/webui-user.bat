@echo off
rem record 0000000000000000 · bundle 1
rem Stable Diffusion WebUI Forge: FLUX.1 dev
rem set DRY_RUN=1 shows the options.
if not defined MODELS_DIR set "MODELS_DIR=%USERPROFILE%\rigfit\models"
set "MODELS_POSIX=%MODELS_DIR:\=/%"
set PYTHON=
set GIT=
set VENV_DIR=
set COMMANDLINE_ARGS=--always-low-vram --vae-dir '%MODELS_POSIX%/vae' --text-encoder-dir '%MODELS_POSIX%/text_encoders'
if defined DRY_RUN (
  echo %COMMANDLINE_ARGS%
) else (
  call webui.bat
)
