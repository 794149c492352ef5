@echo off
rem record 0000000000000000 · bundle 1
rem llama.cpp: Qwen3 8B
rem Starts llama.cpp, llama-server for: Qwen3 8B.
rem set DRY_RUN=1 shows what it would do.
setlocal
set "HERE=%~dp0"
if not defined MODELS_DIR set "MODELS_DIR=%HERE%..\models"
if defined DRY_RUN (
  echo llama-server -m "%MODELS_DIR%\other\Qwen_Qwen3-8B-Q5_K_M.gguf" -c 8192 --host 127.0.0.1 --port 8080 -ngl 31 -fa on -ctk q8_0 -ctv q8_0
) else (
  llama-server -m "%MODELS_DIR%\other\Qwen_Qwen3-8B-Q5_K_M.gguf" -c 8192 --host 127.0.0.1 --port 8080 -ngl 31 -fa on -ctk q8_0 -ctv q8_0
  if errorlevel 1 pause
)
