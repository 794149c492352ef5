"""What one forward of each network is given, in the shapes that its pipeline gives it.

Values are random and mean nothing: memory and time depend on shapes alone. Texts are padded as the pipeline pads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.fidelity.networks import Network


@dataclass(frozen=True)
class Size:
    """What is made: pixels, frames and batch; for texts, tokens."""

    width: int = 0
    height: int = 0
    frames: int = 1
    batch: int = 1
    tokens: int = 0
    tiled: bool = False
    """Whether a decoder works tile by tile."""


Make = Callable[..., Any]
"""`make(*shape)` is a random tensor on the device in the precision of the computation."""


@dataclass(frozen=True)
class Asked:
    """What a recipe needs: the network, its complete configuration, the size, and the tensors' maker."""

    network: Network
    config: Any
    """Attributes: the published configuration with the defaults of the class."""
    size: Size
    make: Make
    device: str

    @property
    def latent(self) -> tuple[int, int, int]:
        """Latent frames, rows and columns."""
        side, step = self.network.latent
        return (self.size.frames - 1) // step + 1, self.size.height // side, self.size.width // side

    @property
    def text(self) -> int:
        return self.network.text_tokens

    @property
    def batch(self) -> int:
        return self.size.batch

    def steps(self) -> Any:
        """The time step of each of the batch."""
        return self.make(self.batch).abs() * 500

    def ones(self, *shape: int) -> Any:
        """A mask that hides nothing."""
        import torch

        return torch.ones(*shape, dtype=torch.bool, device=self.device)

    def positions(self, *shape: int) -> Any:
        import torch

        return torch.zeros(*shape, device=self.device)


def prepare(network: Network, config: Any, size: Size, make: Make, device: str) -> dict[str, Any]:
    """The arguments of one forward (of a decoder: of its `decode`).

    Raises:
        KeyError: when nothing is known about the class.
    """
    return RECIPES[network.class_name](Asked(network, config, size, make, device))


def measurable(network: Network) -> bool:
    """Whether a forward of it can be prepared; what cannot is only counted."""
    return network.class_name in RECIPES


def _flux(a: Asked, pooled: bool = True, ids: int = 3) -> dict[str, Any]:
    _, rows, columns = a.latent
    tokens = (rows // 2) * (columns // 2)
    inputs = {
        "hidden_states": a.make(a.batch, tokens, a.config.in_channels),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.joint_attention_dim),
        "timestep": a.steps() / 1000,
        "img_ids": a.positions(tokens, ids),
        "txt_ids": a.positions(a.text, ids),
    }
    if pooled:
        inputs["pooled_projections"] = a.make(a.batch, a.config.pooled_projection_dim)
    if getattr(a.config, "guidance_embeds", False):
        inputs["guidance"] = a.make(a.batch)
    return inputs


def _chroma(a: Asked) -> dict[str, Any]:
    inputs = _flux(a, pooled=False)
    tokens = a.text + inputs["hidden_states"].shape[1]
    return {**inputs, "attention_mask": a.ones(a.batch, tokens)}


def _sd3(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    return {
        "hidden_states": a.make(a.batch, a.config.in_channels, rows, columns),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.joint_attention_dim),
        "pooled_projections": a.make(a.batch, a.config.pooled_projection_dim),
        "timestep": a.steps(),
    }


def _unet(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    inputs = {
        "sample": a.make(a.batch, a.config.in_channels, rows, columns),
        "timestep": a.steps(),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.encoder_hid_dim or a.config.cross_attention_dim),
    }
    if a.config.addition_embed_type == "text_time":
        # What is not the pooled text is numbers (sizes, crops, aesthetic score) with an embedding each.
        times = 5 if a.config.projection_class_embeddings_input_dim == 2560 else 6
        pooled = a.config.projection_class_embeddings_input_dim - times * a.config.addition_time_embed_dim
        inputs["added_cond_kwargs"] = {"text_embeds": a.make(a.batch, pooled), "time_ids": a.make(a.batch, times)}
    return inputs


def _svd(a: Asked) -> dict[str, Any]:
    frames, rows, columns = a.latent
    return {
        "sample": a.make(a.batch, frames, a.config.in_channels, rows, columns),
        "timestep": a.steps(),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.cross_attention_dim),
        "added_time_ids": a.make(a.batch, 3),
    }


def _qwen_image(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    return {
        "hidden_states": a.make(a.batch, (rows // 2) * (columns // 2), a.config.in_channels),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.joint_attention_dim),
        "encoder_hidden_states_mask": a.ones(a.batch, a.text),
        "timestep": a.steps() / 1000,
        "img_shapes": [[(1, rows // 2, columns // 2)]] * a.batch,
    }


def _z_image(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    return {
        "x": [a.make(a.config.in_channels, 1, rows, columns) for _ in range(a.batch)],
        "t": a.steps() / 1000,
        "cap_feats": [a.make(a.text, a.config.cap_feat_dim) for _ in range(a.batch)],
    }


def _lumina2(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    return {
        "hidden_states": a.make(a.batch, a.config.in_channels, rows, columns),
        "timestep": a.steps() / 1000,
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.cap_feat_dim),
        "encoder_attention_mask": a.ones(a.batch, a.text),
    }


def _pixart(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    return {
        "hidden_states": a.make(a.batch, a.config.in_channels, rows, columns),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.caption_channels),
        "timestep": a.steps(),
        "added_cond_kwargs": {"resolution": None, "aspect_ratio": None},
        "encoder_attention_mask": a.ones(a.batch, a.text).to(a.make(1).dtype),
    }


def _hidream(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    llama_layers = len(a.config.llama_layers)
    return {
        "hidden_states": a.make(a.batch, a.config.in_channels, rows, columns),
        "timesteps": a.steps(),
        "encoder_hidden_states_t5": a.make(a.batch, a.text, a.config.caption_channels[0]),
        "encoder_hidden_states_llama3": a.make(max(32, llama_layers), a.batch, a.text, a.config.caption_channels[-1]),
        "pooled_embeds": a.make(a.batch, a.config.text_emb_dim),
    }


def _wan(a: Asked) -> dict[str, Any]:
    frames, rows, columns = a.latent
    inputs = {
        "hidden_states": a.make(a.batch, a.config.in_channels, frames, rows, columns),
        "timestep": a.steps(),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.text_dim),
    }
    if a.config.image_dim:  # what CLIP makes of the first frame, or of the first and the last
        inputs["encoder_hidden_states_image"] = a.make(a.batch, a.config.pos_embed_seq_len or 257, a.config.image_dim)
    if getattr(a.config, "vace_layers", None):
        inputs["control_hidden_states"] = a.make(a.batch, a.config.vace_in_channels, frames, rows, columns)
    return inputs


def _hunyuan_video(a: Asked) -> dict[str, Any]:
    frames, rows, columns = a.latent
    return {
        "hidden_states": a.make(a.batch, a.config.in_channels, frames, rows, columns),
        "timestep": a.steps(),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.text_embed_dim),
        "encoder_attention_mask": a.ones(a.batch, a.text),
        "pooled_projections": a.make(a.batch, a.config.pooled_projection_dim),
        "guidance": a.steps(),
    }


def _ltx(a: Asked) -> dict[str, Any]:
    frames, rows, columns = a.latent
    return {
        "hidden_states": a.make(a.batch, frames * rows * columns, a.config.in_channels),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.caption_channels),
        "timestep": a.steps(),
        "encoder_attention_mask": a.ones(a.batch, a.text),
        "num_frames": frames,
        "height": rows,
        "width": columns,
    }


def _cogvideox(a: Asked) -> dict[str, Any]:
    frames, rows, columns = a.latent
    patch, step = a.config.patch_size, a.config.patch_size_t or 1
    frames += -frames % step  # the pipeline pads a clip to whole patches
    inputs = {
        "hidden_states": a.make(a.batch, frames, a.config.in_channels, rows, columns),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.text_embed_dim),
        "timestep": a.steps(),
    }
    if a.config.use_rotary_positional_embeddings:
        tokens = (frames // step) * (rows // patch) * (columns // patch)
        angles = a.positions(tokens, a.config.attention_head_dim)
        inputs["image_rotary_emb"] = (angles, angles)
    if a.config.ofs_embed_dim:
        inputs["ofs"] = a.steps()
    return inputs


def _mochi(a: Asked) -> dict[str, Any]:
    frames, rows, columns = a.latent
    return {
        "hidden_states": a.make(a.batch, a.config.in_channels, frames, rows, columns),
        "encoder_hidden_states": a.make(a.batch, a.text, a.config.text_embed_dim),
        "timestep": a.steps(),
        "encoder_attention_mask": a.ones(a.batch, a.text),
    }


def _image_decoder(a: Asked) -> dict[str, Any]:
    _, rows, columns = a.latent
    return {"z": a.make(a.batch, a.config.latent_channels, rows, columns)}


def _video_decoder(a: Asked, channels: str = "latent_channels") -> dict[str, Any]:
    inputs: dict[str, Any] = {"z": a.make(a.batch, getattr(a.config, channels), *a.latent)}
    if getattr(a.config, "timestep_conditioning", False):
        inputs["temb"] = a.steps() / 10_000
    return inputs


def _tokens(a: Asked) -> dict[str, Any]:
    import torch

    text = getattr(a.config, "text_config", a.config)
    ids = torch.randint(3, text.vocab_size, (a.batch, a.size.tokens), device=a.device)
    return {"input_ids": ids}


def _language_model(a: Asked) -> dict[str, Any]:
    """A prompt read in one go, its keys and values kept, the last token's scores computed: as runtimes do it."""
    return {**_tokens(a), "use_cache": True, "logits_to_keep": 1}


def _t5(a: Asked) -> dict[str, Any]:
    inputs = _tokens(a)
    return {**inputs, "attention_mask": a.ones(*inputs["input_ids"].shape).long()}


RECIPES: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "FluxTransformer2DModel": _flux,
    "Flux2Transformer2DModel": partial(_flux, pooled=False, ids=4),
    "ChromaTransformer2DModel": _chroma,
    "SD3Transformer2DModel": _sd3,
    "UNet2DConditionModel": _unet,
    "UNetSpatioTemporalConditionModel": _svd,
    "QwenImageTransformer2DModel": _qwen_image,
    "ZImageTransformer2DModel": _z_image,
    "Lumina2Transformer2DModel": _lumina2,
    "PixArtTransformer2DModel": _pixart,
    "HiDreamImageTransformer2DModel": _hidream,
    "WanTransformer3DModel": _wan,
    "WanVACETransformer3DModel": _wan,
    "HunyuanVideoTransformer3DModel": _hunyuan_video,
    "LTXVideoTransformer3DModel": _ltx,
    "CogVideoXTransformer3DModel": _cogvideox,
    "MochiTransformer3DModel": _mochi,
    "AutoencoderKL": _image_decoder,
    "AutoencoderKLFlux2": _image_decoder,
    "AutoencoderKLWan": partial(_video_decoder, channels="z_dim"),
    "AutoencoderKLQwenImage": partial(_video_decoder, channels="z_dim"),
    "AutoencoderKLHunyuanVideo": _video_decoder,
    "AutoencoderKLHunyuanVideo15": _video_decoder,
    "AutoencoderKLLTXVideo": _video_decoder,
    "AutoencoderKLCogVideoX": _video_decoder,
    "AutoencoderKLMochi": _video_decoder,
    "CLIPTextModel": _tokens,
    "CLIPTextModelWithProjection": _tokens,
    "T5EncoderModel": _t5,
    "UMT5EncoderModel": _t5,
    "Qwen2_5_VLForConditionalGeneration": _language_model,
    "Qwen3ForCausalLM": _language_model,
    "LlamaForCausalLM": _language_model,
}
