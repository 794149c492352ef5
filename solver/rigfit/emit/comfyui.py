"""ComfyUI: how it is started here, where it finds the models, which node packages it takes, and a container."""

from __future__ import annotations

from rigfit.emit import quoting, script
from rigfit.emit.chosen import Chosen, place_of
from rigfit.emit.context import Context, Made, starts
from rigfit.emit.nodes import emit_nodes
from rigfit.emit.quoting import Place, Word
from rigfit.emit.script import COMFYUI, PYTHON, Script
from rigfit.units import GIB

_PORT = 8188
_HERE = script.Variable("HERE_DIR", '"$here"', "%HERE:~0,-1%", "$PSScriptRoot")


def emit(context: Context) -> Made:
    """Start scripts, the paths of models, node packages, a compose file."""
    made = Made()
    folders = _folders(context)
    if folders:
        text = "".join(f"# {quoting.line(line)}\n" for line in context.head)
        text += "# base_path is read from the folder of this file.\n"
        text += quoting.dump_yaml({"rigfit": {"base_path": "../models", **folders}})
        made.add("comfyui/extra_model_paths.yaml", text, "Tells ComfyUI where the models lie.")
    nodes = emit_nodes(context)
    made.files += nodes.files
    made.prepare += nodes.prepare
    made.notes += nodes.notes
    for number, (name, tasks) in enumerate(starts(context)):
        words: list[Word] = [*_flags(context, tasks[0]), *_card(context, tasks[0])]
        words += ["--port", str(_PORT + number)] if number else []
        if folders:
            words += ["--extra-model-paths-config", Place("HERE_DIR", "extra_model_paths.yaml")]
        body = Script(
            head=(*context.head, f"Starts ComfyUI for: {', '.join(one.task.title for one in tasks)}."),
            variables=(COMFYUI, PYTHON, *((_HERE,) if folders else ())),
            steps=((Place("PYTHON"), Place("COMFYUI_DIR", "main.py"), *context.checked(words)),),
        )
        path, text, executable = script.written(body, f"comfyui/{name}", context.system, double_click=True)
        made.add(path, text, "Starts ComfyUI with what this machine needs.", executable=executable)
        made.start.append(script.command(path))
    _container(context, made)
    return made


def _flags(context: Context, one: Chosen) -> list[str]:
    """Options of one start, but for its card."""
    words = list(one.task.flags)
    if context.gpu(one) is not None and context.machine.reserve_vram:
        words += ["--reserve-vram", f"{context.machine.reserve_vram / GIB:.2f}"]
    return words


def _card(context: Context, one: Chosen) -> list[str]:
    card = context.card_variables(one)
    return ["--cuda-device", card[0][1]] if card and card[0][0] != "ZE_AFFINITY_MASK" else []


def _folders(context: Context) -> dict[str, str]:
    """Key of ComfyUI -> folder below the models. Node packages ask for inner folders under a name of their own."""
    found: dict[str, str] = {}
    for file in context.bundle.files:
        if file.folder is None:
            continue
        folder = place_of(file).rpartition("/")[0]
        found.setdefault(folder.partition("/")[0], folder.partition("/")[0])
        if "/" in folder:
            found.setdefault(folder.replace("/", "_"), folder)
    return dict(sorted(found.items()))


def _container(context: Context, made: Made) -> None:
    first = context.chosen[0]
    gpu = context.gpu(first)
    image = context.runtime.containers.get(gpu.backend if gpu is not None else "cpu")
    if (
        image is None
        or context.system == "macos"
        or (gpu is not None and gpu.backend == "rocm" and context.system != "linux")
    ):
        return
    shown = " ".join(quoting.sh(word) for word in context.checked(["--listen", "0.0.0.0", *_flags(context, first)]))
    service: dict[str, object] = {
        "image": image.image,
        "ports": [f"127.0.0.1:{image.port}:{image.port}"],
        "volumes": [
            f"../models:{image.home}/models",
            f"./input:{image.home}/input",
            f"./output:{image.home}/output",
            f"./custom_nodes:{image.home}/custom_nodes",
        ],
        "environment": {image.arguments: quoting.compose(shown)},
        "restart": "unless-stopped",
    }
    if gpu is not None and gpu.backend == "cuda":
        number = dict(context.card_variables(first)).get("CUDA_VISIBLE_DEVICES", "0")
        device = {"driver": "nvidia", "device_ids": [number], "capabilities": ["gpu"]}
        service["deploy"] = {"resources": {"reservations": {"devices": [device]}}}
    elif gpu is not None and gpu.backend == "rocm":
        service |= {"devices": ["/dev/kfd:/dev/kfd", "/dev/dri:/dev/dri"], "group_add": ["video"], "ipc": "host",
                    "security_opt": ["seccomp:unconfined"]}  # fmt: skip
    head = "".join(f"# {quoting.line(line)}\n" for line in context.head)
    head += "# In place of an installation: docker compose up, then open http://127.0.0.1:8188\n"
    text = head + quoting.dump_yaml({"services": {"comfyui": service}})
    made.add("comfyui/docker-compose.yml", text, "The same in a container, in place of an installation.")
