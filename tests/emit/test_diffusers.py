"""The Diffusers scripts, run for real on tiny random pipelines of the same classes."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from rigfit.emit import emit
from rigfit.knowledge import Knowledge
from rigfit.machine import simulate
from rigfit.schema.request import MachineRequest, Policies, Request, Size, TaskRequest
from rigfit.solve import solve

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")


def script(
    knowledge: Knowledge, model: str, *, gpu: str = "none", task: str = "image_generation", **variants: str
) -> types.ModuleType:
    """The emitted script of a model as a module; it is not run yet."""
    asked = TaskRequest(task=task, models=(model,), variants=variants, size=Size(width=64, height=64, steps=1))
    policies = Policies(runtimes=("diffusers",), max_time="100 h", confidence="optimistic")
    machine = simulate(knowledge, MachineRequest(gpus=(gpu,), ram="128 GB", os="linux"))
    answer = solve(Request(tasks=(asked,), policies=policies, top=1), machine, knowledge)
    assert answer.bundles, answer.explanation.summary
    (file,) = [file for file in emit(answer, knowledge).files if file.path.endswith("run.py")]
    module = types.ModuleType("emitted")
    module.__file__ = __file__
    exec(compile(file.text, file.path, "exec"), module.__dict__)
    return module


def clip(width: int, projection: bool = False) -> Any:
    torch.manual_seed(0)
    config = transformers.CLIPTextConfig(
        hidden_size=width, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, vocab_size=1000,
        projection_dim=width, bos_token_id=0, eos_token_id=2, pad_token_id=1,
    )  # fmt: skip
    return transformers.CLIPTextModelWithProjection(config) if projection else transformers.CLIPTextModel(config)


def clip_tokens(folder: Path) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {"<|startoftext|>": 0, "a": 1, "<|endoftext|>": 2}
    raw = Tokenizer(models.WordLevel(words, unk_token="a"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<|startoftext|>", eos_token="<|endoftext|>", pad_token="<|endoftext|>",
        unk_token="a", model_max_length=77,
    )  # fmt: skip


def t5() -> Any:
    torch.manual_seed(0)
    return transformers.T5EncoderModel(
        transformers.T5Config(d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, vocab_size=1000)
    )


def vae(latent: int = 4, **more: Any) -> Any:
    torch.manual_seed(0)
    return diffusers.AutoencoderKL(
        block_out_channels=(32, 64), in_channels=3, out_channels=3, latent_channels=latent,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2, **more,
    )  # fmt: skip


def unet(cross: int, **more: Any) -> Any:
    torch.manual_seed(0)
    return diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=32, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross, norm_num_groups=32, **more,
    )  # fmt: skip


def tiny_sd15(folder: Path) -> None:
    diffusers.StableDiffusionPipeline(
        vae=vae(), text_encoder=clip(32), tokenizer=clip_tokens(folder), unet=unet(32), safety_checker=None,
        scheduler=diffusers.DDIMScheduler(), feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


def tiny_sdxl(folder: Path) -> None:
    more = {"attention_head_dim": (2, 4), "use_linear_projection": True, "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8, "transformer_layers_per_block": (1, 2),
            "projection_class_embeddings_input_dim": 80}  # fmt: skip
    diffusers.StableDiffusionXLPipeline(
        vae=vae(), text_encoder=clip(32), text_encoder_2=clip(32, projection=True), tokenizer=clip_tokens(folder),
        tokenizer_2=clip_tokens(folder), unet=unet(64, **more), scheduler=diffusers.EulerDiscreteScheduler(),
    ).save_pretrained(folder)  # fmt: skip


def tiny_flux(folder: Path) -> None:
    torch.manual_seed(0)
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8], guidance_embeds=True,
    )  # fmt: skip
    decoder = vae(1, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5)
    diffusers.FluxPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=decoder, text_encoder=clip(32),
        tokenizer=clip_tokens(folder), text_encoder_2=t5(), tokenizer_2=clip_tokens(folder), transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip


def tiny_wan(folder: Path) -> None:
    torch.manual_seed(0)
    transformer = diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
        text_dim=32, freq_dim=256, ffn_dim=32, num_layers=2, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )  # fmt: skip
    decoder = diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    encoder = transformers.UMT5EncoderModel(
        transformers.UMT5Config(d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, vocab_size=1000)
    )
    diffusers.WanPipeline(
        tokenizer=clip_tokens(folder), text_encoder=encoder, transformer=transformer, vae=decoder,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0),
    ).save_pretrained(folder)  # fmt: skip


CASES = [
    pytest.param("sd15", tiny_sd15, "image_generation", {"denoiser": "fp16"}, id="sd15"),
    pytest.param("sdxl-base", tiny_sdxl, "image_generation", {"denoiser": "fp16"}, id="sdxl"),
    pytest.param("flux1-dev", tiny_flux, "image_generation", {"denoiser": "bf16"}, id="flux"),
    pytest.param("flux1-dev", tiny_flux, "image_generation", {"denoiser": "fp8_e4m3fn"}, id="flux-fp8"),
    pytest.param("wan21-t2v-1.3b", tiny_wan, "video_generation", {}, id="wan"),
]


@pytest.mark.parametrize(("model", "tiny", "task", "variants"), CASES)
def test_the_script_builds_and_runs_the_pipeline(
    model: str, tiny: Any, task: str, variants: dict[str, str], knowledge: Knowledge, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    tiny(tmp_path)
    module = script(knowledge, model, gpu="rtx-4090", task=task, **variants)
    module.DEVICE = "cpu"
    module.DTYPE = torch.float32
    module.MODELS = tmp_path / "models"
    for name in dir(module):  # files of the catalog are not there: what they hold is read from the base
        found = getattr(module, name)
        if isinstance(found, type) and hasattr(found, "from_single_file"):
            monkeypatch.setattr(found, "from_single_file", _from_base(found))
    pipe = module.build(base=str(tmp_path))
    assert type(pipe).__name__ in Path(module.__file__).read_text() or type(pipe).__name__ in module.__dict__
    assert {"transformer", "unet"} & set(pipe.components)
    monkeypatch.setattr(pipe, "enable_model_cpu_offload", lambda **_: pipe.to("cpu"), raising=False)
    monkeypatch.setattr(pipe, "enable_group_offload", lambda **_: pipe.to("cpu"), raising=False)
    monkeypatch.setattr(pipe, "enable_sequential_cpu_offload", lambda **_: pipe.to("cpu"), raising=False)
    pipe = module.place(pipe)
    if "fp8" in str(variants):
        kinds = {parameter.dtype for parameter in pipe.transformer.parameters()}
        assert torch.float8_e4m3fn in kinds
    pipe.set_progress_bar_config(disable=True)
    given = {**module.SETTINGS, "num_inference_steps": 1, "width": 32, "height": 32, "prompt": "a"}
    if "num_frames" in given:
        given["num_frames"] = 5
    if model != "sdxl-base" and model != "sd15":
        given["max_sequence_length"] = 16
    result = pipe(**given, generator=torch.Generator("cpu").manual_seed(0), output_type="np")
    made = result.frames if hasattr(result, "frames") else result.images
    assert made is not None
    assert torch.isfinite(torch.as_tensor(made)).all()


def _from_base(kind: Any) -> Any:
    def load(path: str, *, config: str | None = None, subfolder: str | None = None, **more: Any) -> Any:
        more.pop("quantization_config", None)
        return kind.from_pretrained(config, **({"subfolder": subfolder} if subfolder else {}), **more)

    return load


def test_the_names_of_the_catalog_exist_in_the_library(knowledge: Knowledge) -> None:
    import inspect

    assert len(knowledge.catalog.pipelines) >= 20
    for entry in knowledge.catalog.pipelines:
        parameters = inspect.signature(getattr(diffusers, entry.name).__init__).parameters
        assert set(entry.parts.values()) <= set(parameters), entry.id
        assert entry.single_file <= hasattr(getattr(diffusers, entry.denoiser), "from_single_file"), entry.id
        for name in entry.encoders.values():
            assert hasattr(transformers, name), entry.id


def test_the_scripts_do_not_need_a_card_to_say_what_they_do(
    knowledge: Knowledge, capsys: Any, monkeypatch: Any
) -> None:
    module = script(knowledge, "sd15")
    monkeypatch.setattr(sys, "argv", ["run.py", "--dry-run"])
    module.main()
    assert "on cpu" in capsys.readouterr().out
