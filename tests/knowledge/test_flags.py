"""Lists of launch options: what a program would not understand is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigfit.errors import CatalogError
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.knowledge import flags as launch


@pytest.mark.parametrize(
    ("runtime", "words", "wrong"),
    [
        ("comfyui", "--cpu --port 8189", None),
        ("comfyui", "--lowvrm", "nearest: --lowvram"),
        ("comfyui", "--cpu --lowvram", "exclude each other"),
        ("comfyui", "--cpu yes", "takes no value"),
        ("comfyui", "--port", "takes one value"),
        ("comfyui", "--preview-method best", "takes none, auto"),
        ("llama-cpp", "-ngl 31 -fa on -ctk q8_0", None),
        ("llama-cpp", "-ngl {layers} -fa maybe", "takes on, off, auto"),
        ("llama-cpp", "-ctk q2_0", "takes f32"),
        ("ollama", "OLLAMA_KEEP_ALIVE=0", None),
        ("ollama", "OLLAMA_KEEPALIVE=0", "reads no variable"),
        ("ollama", "OLLAMA_KV_CACHE_TYPE=q3", "takes f16"),
        ("mlx-lm", "--kv-bits 8 --max-kv-size 4096", "exclude each other"),
        ("a1111", "--use-cpu all --no-half --skip-torch-cuda-test", None),
    ],
)
def test_what_a_program_does_not_understand_is_found(
    runtime: str, words: str, wrong: str | None, knowledge: Knowledge
) -> None:
    listed = launch.list_of(runtime, knowledge)
    assert listed is not None
    found = launch.problem(words.split(), listed)
    assert (found is None) if wrong is None else (found is not None and wrong in found)


def test_every_list_holds_together_and_every_used_option_is_listed(knowledge: Knowledge) -> None:
    for listed in knowledge.catalog.flags:
        assert launch.list_problem(listed) is None
    for runtime in knowledge.catalog.runtimes:
        for words in (*runtime.flags.values(), *runtime.caches.values()):
            listed = launch.list_of(runtime.id, knowledge)
            assert not words or (listed is not None and launch.problem(words, listed) is None)


def test_an_unlisted_option_in_a_users_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "runtimes:\n  - id: koboldcpp\n    title: KoboldCpp\n    licence: agpl-3.0\n    platforms: {cuda: [linux]}\n"
        "    placements: [resident]\n    flags: {resident: ['--gpu-layerz', '9']}\n    source: koboldcpp-repo\n"
    )
    with pytest.raises(CatalogError, match="'--gpu-layerz' is no option of KoboldCpp"):
        load_knowledge(tmp_path, use_cache=False)


def test_settings_are_held_against_the_list(knowledge: Knowledge) -> None:
    listed = launch.list_of("invokeai", knowledge)
    assert listed is not None
    assert launch.setting_problem({"device": "cuda:1"}, listed) is None
    assert "no setting" in (launch.setting_problem({"devise": "cuda"}, listed) or "")
    assert "takes auto" in (launch.setting_problem({"precision": "fp8"}, listed) or "")
