"""Settings for PyTorch; the last tests run against a real PyTorch where one is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine import apply_torch_backends, plan_torch_backends, simulate
from rigfit.schema.request import MachineRequest

TF32 = "torch.backends.cuda.matmul.allow_tf32"
FP16 = "torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction"
BF16 = "torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction"


def plan(knowledge: Knowledge, *gpus: str) -> Any:
    return plan_torch_backends(simulate(knowledge, MachineRequest(gpus=gpus)))


def test_by_generation(knowledge: Knowledge) -> None:
    turing, ampere, ada = (plan(knowledge, g) for g in ("tesla-t4", "rtx-3060-12gb", "rtx-4070"))
    assert [p.settings[TF32] for p in (turing, ampere, ada)] == [False, True, True]
    assert [p.settings[BF16] for p in (turing, ampere, ada)] == [False, True, True]
    assert [p.settings[FP16] for p in (turing, ampere, ada)] == [False, False, True]
    assert [p.dtype for p in (turing, ampere, ada)] == ["float16", "bfloat16", "bfloat16"]
    assert any("FlashAttention" in w for w in turing.warnings)
    assert any("fp8" in w for w in ampere.warnings)
    assert not ada.warnings


def test_several_cards_take_what_suits_the_oldest(knowledge: Knowledge) -> None:
    both = plan(knowledge, "rtx-4070", "tesla-t4")
    assert not any(both.settings.values())
    assert any("2 cards" in w for w in both.warnings)


def test_broken_fp16_loads_in_fp32(knowledge: Knowledge) -> None:
    assert plan(knowledge, "gtx-1650").dtype == "float32"


@pytest.mark.parametrize(
    ("gpu", "device"), [("rx-7900-xtx", "rocm"), ("apple-m1-8gb", "mps"), ("arc-a770-16gb", "xpu"), ("none", "cpu")]
)
def test_other_backends_have_no_cuda_switches(knowledge: Knowledge, gpu: str, device: str) -> None:
    found = plan(knowledge, gpu)
    assert (found.device, found.settings) == (device, {})


def test_forms(knowledge: Knowledge) -> None:
    found = plan(knowledge, "rtx-3060-12gb")
    assert json.loads(found.as_json())["settings"][TF32] is True
    assert TF32 in found.as_text()
    compile(found.as_python(), "snippet", "exec")


def test_without_pytorch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match="PyTorch is not installed"):
        apply_torch_backends()


def test_applied_to_a_real_pytorch(knowledge: Knowledge) -> None:
    pytest.importorskip("torch")
    for gpu, tf32 in (("tesla-t4", False), ("rtx-4070", True)):
        machine = simulate(knowledge, MachineRequest(gpus=(gpu,)))
        # A process each: these are settings of the whole process.
        program = (
            "import sys, torch, warnings; warnings.simplefilter('error');"
            "from rigfit.machine import apply_torch_backends; from rigfit.schema.machine import Machine;"
            "plan = apply_torch_backends(Machine.model_validate_json(sys.stdin.read())); assert plan.applied;"
            "m = torch.backends.cuda.matmul;"
            "print(m.fp32_precision == 'tf32' if hasattr(m, 'fp32_precision') else m.allow_tf32,"
            " m.allow_fp16_reduced_precision_reduction, m.allow_bf16_reduced_precision_reduction);"
            "torch.ones(2, 2) @ torch.ones(2, 2)"
        )
        text = machine.model_dump_json(by_alias=True)
        done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [str(tf32)] * 3


def test_the_snippet_runs_on_a_real_pytorch(knowledge: Knowledge) -> None:
    pytest.importorskip("torch")
    strict = "import torch, warnings; warnings.simplefilter('error')\n"
    snippet = strict + plan(knowledge, "rtx-4070").as_python() + "\nprint(dtype)"
    done = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "torch.bfloat16"), done.stderr


def test_what_a_cpu_pytorch_sees() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this PyTorch sees a GPU")
    assert apply_torch_backends().device == "cpu"


def test_the_probe_reads_a_real_pytorch(knowledge: Knowledge) -> None:
    pytest.importorskip("torch")
    from rigfit.machine import detect

    machine = detect(knowledge, timeout_s=60, torch=True)
    assert any(note.startswith("PyTorch ") for note in machine.notes)
