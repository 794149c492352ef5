"""Small ComfyUI workflows in the shapes that the editor and the API write, composed here for the tests."""

# A node reads best on one line.
# ruff: noqa: E501
from __future__ import annotations

import json
import struct
import uuid
import zlib
from typing import Any

CORE = "comfy-core"


class Flow:
    """A workflow of the editor's format, or the inside of a subgraph."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.links: list[list[Any]] = []
        self.subgraphs: list[dict[str, Any]] = []

    def add(self, type: str, widgets: Any = (), inputs: dict[str, Any] | None = None, outputs: Any = (), **more: Any) -> int:  # fmt: skip
        """A node; inputs are name -> (node, output), or None for a value of its own that is drawn."""
        number = len(self.nodes) + 1
        drawn = []
        for slot, (name, source) in enumerate((inputs or {}).items()):
            link = None
            if source is not None:
                origin, out = source
                kind = self.nodes[origin - 1]["outputs"][out]["type"] if origin > 0 else "*"
                link = len(self.links) + 1
                self.links.append([link, origin, out, number, slot, kind])
                if origin > 0:
                    self.nodes[origin - 1]["outputs"][out]["links"].append(link)
            one: dict[str, Any] = {"name": name, "type": self.links[-1][5] if link else "COMBO", "link": link}
            if source is None or more.get("promoted") == name:
                one["widget"] = {"name": name}
            drawn.append(one)
        properties = {
            "Node name for S&R": type,
            **({"cnr_id": CORE, "ver": "0.3.75"} if more.get("core", True) else {}),
        }
        properties |= more.get("properties", {})
        self.nodes.append(
            {
                "id": number, "type": type, "pos": [40.000003814697266, 10 * number], "mode": more.get("mode", 0),
                "inputs": drawn, "outputs": [{"name": kind, "type": kind, "links": []} for kind in outputs],
                "properties": properties, "widgets_values": list(widgets) if not isinstance(widgets, dict) else widgets,
            }
        )  # fmt: skip
        return number

    def subgraph(self, inside: Flow, inputs: list[str], outputs: list[tuple[int, int, str]], **more: Any) -> int:
        """A subgraph, and a node that stands for it; `outputs` are inside node, its output and type."""
        identity = more.get("id") or str(uuid.UUID(int=len(self.subgraphs) + 1))
        links = [
            dict(zip(("id", "origin_id", "origin_slot", "target_id", "target_slot", "type"), link, strict=True))
            for link in inside.links
        ]
        for slot, (node, out, kind) in enumerate(outputs):
            links.append(
                {"id": 900 + slot, "origin_id": node, "origin_slot": out, "target_id": -20, "target_slot": slot, "type": kind}
            )  # fmt: skip
        self.subgraphs += inside.subgraphs
        if identity not in {one["id"] for one in self.subgraphs}:
            self.subgraphs.append(
                {
                    "id": identity, "version": 1, "name": "inside", "nodes": inside.nodes, "links": links,
                    "inputs": [{"name": name, "type": "COMBO"} for name in inputs],
                    "outputs": [{"name": kind, "type": kind} for *_, kind in outputs],
                }
            )  # fmt: skip
        return self.add(
            identity, more.get("widgets", ()), dict.fromkeys(inputs), [kind for *_, kind in outputs],
            properties=more.get("properties", {}),
        )  # fmt: skip

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": "test", "last_node_id": len(self.nodes), "nodes": self.nodes, "links": self.links, "groups": [],
            "extra": {"ds": {"scale": 0.6830134553650705}}, "version": 0.4,
        }  # fmt: skip
        if self.subgraphs:
            found["definitions"] = {"subgraphs": self.subgraphs}
        return found

    def text(self, indent: int | None = 2) -> str:
        return json.dumps(self.document(), indent=indent, ensure_ascii=False)


def models(name: str, repo: str, folder: str) -> dict[str, Any]:
    """What templates write beside a loader."""
    url = f"https://huggingface.co/{repo}/resolve/main/{name}"
    return {"models": [{"name": name, "url": url, "directory": folder}]}


def picture(
    unet: str = "flux1-dev.safetensors",
    encoders: tuple[str, ...] = ("clip_l.safetensors", "t5xxl_fp16.safetensors"),
    vae: str = "ae.safetensors",
    size: tuple[Any, Any] = (1024, 1024),
    lora: str | None = None,
    mode: int = 0,
) -> Flow:
    """Text to picture from split files."""
    flow = Flow()
    listed = models(unet, "Comfy-Org/flux1-dev", "diffusion_models") if unet == "flux1-dev.safetensors" else {}
    model = flow.add(
        "UNETLoader", [unet, "default"], {"unet_name": None, "weight_dtype": None}, ["MODEL"], properties=listed
    )
    names = {1: "CLIPLoader", 2: "DualCLIPLoader", 3: "TripleCLIPLoader", 4: "QuadrupleCLIPLoader"}[len(encoders)]
    rest = {1: ["flux", "default"], 2: ["flux", "default"]}.get(len(encoders), [])
    clip = flow.add(names, [*encoders, *rest], {}, ["CLIP"])
    decoder = flow.add("VAELoader", [vae], {"vae_name": None}, ["VAE"])
    source = (model, 0)
    if lora is not None:
        source = (flow.add("LoraLoaderModelOnly", [lora, 1], {"model": source}, ["MODEL"], mode=mode), 0)
    latent = flow.add("EmptySD3LatentImage", [*size, 1], {}, ["LATENT"])
    positive = flow.add("CLIPTextEncode", ["a café at night"], {"clip": (clip, 0)}, ["CONDITIONING"])
    sampler = flow.add(
        "KSampler", [1, "fixed", 20, 1, "euler", "simple", 1],
        {"model": source, "positive": (positive, 0), "negative": (positive, 0), "latent_image": (latent, 0)}, ["LATENT"],
    )  # fmt: skip
    image = flow.add("VAEDecode", [], {"samples": (sampler, 0), "vae": (decoder, 0)}, ["IMAGE"])
    flow.add("SaveImage", ["out"], {"images": (image, 0)})
    return flow


def in_subgraph(**more: Any) -> Flow:
    """The same inside a subgraph whose node shows the name of the model."""
    inside = picture(**more)
    inside.nodes.pop()  # the picture is saved outside
    saved = inside.links.pop()
    inside.nodes[saved[1] - 1]["outputs"][0]["links"] = []
    flow = Flow()
    node = flow.subgraph(
        inside, [], [(saved[1], 0, "IMAGE")], properties={"proxyWidgets": [["1", "unet_name"], ["5", "width"]]}
    )
    flow.add("SaveImage", ["out"], {"images": (node, 0)})
    return flow


def api(unet: str = "flux1-dev.safetensors", t5: str = "t5xxl_fp16.safetensors") -> dict[str, Any]:
    """The API format."""
    return {
        "10": {"class_type": "UNETLoader", "inputs": {"unet_name": unet, "weight_dtype": "default"}, "_meta": {"title": "Load"}},
        "11": {"class_type": "DualCLIPLoader", "inputs": {"clip_name1": "clip_l.safetensors", "clip_name2": t5, "type": "flux"}},
        "12": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
        "13": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1344, "height": 768, "batch_size": 1}},
        "14": {"class_type": "CLIPTextEncode", "inputs": {"text": "x", "clip": ["11", 0]}},
        "15": {"class_type": "KSampler", "inputs": {"model": ["10", 0], "positive": ["14", 0], "negative": ["14", 0],
               "latent_image": ["13", 0], "steps": 20, "cfg": 1.0, "denoise": 1.00}},
        "16": {"class_type": "VAEDecode", "inputs": {"samples": ["15", 0], "vae": ["12", 0]}},
        "17": {"class_type": "SaveImage", "inputs": {"images": ["16", 0], "filename_prefix": "x"}},
    }  # fmt: skip


def png(text: str, kind: bytes = b"tEXt") -> bytes:
    """A PNG of one pixel that holds a workflow."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    body = text.encode()
    if kind == b"zTXt":
        body = b"\0" + zlib.compress(body)
    elif kind == b"iTXt":
        body = b"\0\0\0\0" + body
    else:
        body = b"" + body
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\0\0\0")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(kind, b"workflow\0" + body) + chunk(b"IDAT", pixel)
        + chunk(b"IEND", b"")
    )  # fmt: skip


def levels(document: dict[str, Any]) -> list[dict[str, Any]]:
    """A workflow and its subgraphs."""
    return [document, *document.get("definitions", {}).get("subgraphs", [])]


def assert_connected(document: dict[str, Any]) -> None:
    """Every link's ends exist, and know of it."""
    for level in levels(document):
        nodes = {node["id"]: node for node in level["nodes"]}
        for link in level["links"]:
            ends = list(link.values()) if isinstance(link, dict) else link
            _, origin, out, target, slot = ends[:5]
            if origin in nodes:
                assert out < len(nodes[origin]["outputs"])
            if target in nodes:
                assert nodes[target]["inputs"][slot]["link"] == ends[0]
