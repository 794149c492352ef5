"""InvokeAI: its settings file."""

from __future__ import annotations

from rigfit.emit import quoting
from rigfit.emit.context import Context, Made, starts


def emit(context: Context) -> Made:
    """`invokeai.yaml`, for the root folder of InvokeAI."""
    made = Made()
    for name, tasks in starts(context):
        first = tasks[0].task
        gpu = context.gpu(tasks[0])
        settings: dict[str, object] = {"schema_version": "4.0.3"}
        if gpu is None:
            settings["device"] = "cpu"
        elif gpu.backend in ("cuda", "rocm"):  # ROCm's PyTorch calls its cards cuda too
            card = context.card_variables(tasks[0])
            settings["device"] = f"cuda:{card[0][1]}" if card else "cuda"
        else:
            settings["device"] = gpu.backend if gpu.backend == "mps" else "auto"
        settings["enable_partial_loading"] = any(one.task.placement == "streamed" for one in tasks)
        settings["force_tiled_decode"] = any(one.task.tiled_decode for one in tasks)
        if first.placement == "resident":
            settings["keep_ram_copy_of_weights"] = False
        context.checked_settings(settings)
        head = "".join(f"# {quoting.line(text)}\n" for text in context.head)
        path = f"invokeai/invokeai{name.removeprefix('start')}.yaml"
        made.add(path, head + quoting.dump_yaml(settings), "The settings of InvokeAI.")
        made.start.append(f"copy {path} to invokeai.yaml in InvokeAI's root folder, then start invokeai-web")
    made.notes.append("In InvokeAI's model manager, Scan Folder on the folder models adds what was downloaded.")
    return made
