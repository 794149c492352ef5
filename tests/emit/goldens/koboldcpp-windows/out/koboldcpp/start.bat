@echo off
rem record 0000000000000000 · bundle 1
rem KoboldCpp: Qwen3 8B
rem Starts KoboldCpp for: Qwen3 8B.
rem set DRY_RUN=1 shows what it would do.
setlocal
set "HERE=%~dp0"
if not defined MODELS_DIR set "MODELS_DIR=%HERE%..\models"
if defined DRY_RUN (
  echo koboldcpp --model "%MODELS_DIR%\other\Qwen_Qwen3-8B-Q8_0.gguf" --contextsize 8192 --host 127.0.0.1 --skiplauncher --gpulayers 99 --flashattention
) else (
  koboldcpp --model "%MODELS_DIR%\other\Qwen_Qwen3-8B-Q8_0.gguf" --contextsize 8192 --host 127.0.0.1 --skiplauncher --gpulayers 99 --flashattention
  if errorlevel 1 pause
)
