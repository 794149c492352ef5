@echo off
rem record 0000000000000000 · bundle 1
rem AUTOMATIC1111 Stable Diffusion WebUI: DreamShaper 8
rem set DRY_RUN=1 shows the options.
if not defined MODELS_DIR set "MODELS_DIR=%USERPROFILE%\rigfit\models"
set "MODELS_POSIX=%MODELS_DIR:\=/%"
set PYTHON=
set GIT=
set VENV_DIR=
set COMMANDLINE_ARGS= --ckpt-dir '%MODELS_POSIX%/checkpoints'
if defined DRY_RUN (
  echo %COMMANDLINE_ARGS%
) else (
  call webui.bat
)
