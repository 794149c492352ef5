"""Bad input gives one clear line, names the place and the nearest valid names, and ends with exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invoke import Result, assert_refused, invoke

import rigfit
from rigfit.errors import InputError
from rigfit.machine import load_machine

CARD = ["--gpu", "RTX 4070"]
ASK = [*CARD, "--preset", "photorealism"]
TASK = ["--gpu", "none", "--task", "image_generation"]


def solve(*arguments: object) -> Result:
    return invoke("solve", *arguments)


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str = "request.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_the_good_case_is_good() -> None:
    """What the cases below change is what makes them fail."""
    result = solve(*ASK)
    assert (result.code, result.err) == (0, "")
    assert "4070" in result.out
    assert solve(*TASK).code == 0


# Names that do not exist ------------------------------------------------------------------------------------------

UNKNOWN = [
    (["--gpu", "RTX 4071", "--preset", "photorealism"], ["unknown gpu 'RTX 4071'", "rtx-4070"]),
    (["--gpu", "", "--preset", "photorealism"], ["unknown gpu ''"]),
    (["--gpu", "a\nb", "--preset", "photorealism"], ["unknown gpu"]),
    (["--gpu", "x" * 5000, "--preset", "photorealism"], ["unknown gpu"]),
    ([*CARD, "--preset", "photorealsm"], ["unknown preset 'photorealsm'", "nearest: photorealism"]),
    ([*CARD, "--preset", ""], ["preset"]),
    ([*CARD, "--task", "image_generaton"], ["unknown task 'image_generaton'", "nearest: image_generation"]),
    (
        [*CARD, "--task", "image_generation", "--need", "inpaintin"],
        ["unknown feature 'inpaintin'", "nearest: inpainting"],
    ),
    ([*CARD, "--task", "chat", "--size", "512x512"], ["--size is about pictures and clips"]),
    (
        [*CARD, "--task", "image_generation", "--need", "controlnet:dept"],
        ["'controlnet:dept'", "nearest: controlnet:depth"],
    ),
    ([*CARD, "--task", "image_generation", "--need", "inpainting:x"], ["'inpainting:x'"]),
    ([*CARD, "--task", "image_generation", "--need", "lip_sync"], ["'lip_sync' belongs to"]),
    ([*CARD, "--task", "image_generation", "--model", "flux1-deb"], ["unknown model 'flux1-deb'", "flux1-dev"]),
    ([*ASK, "--model", "flux1-deb"], ["unknown model 'flux1-deb'", "flux1-dev"]),
    ([*ASK, "--model", ""], ["unknown model ''"]),
    ([*ASK, "--runtime", "comfyu"], ["unknown runtime 'comfyu'", "nearest: comfyui"]),
    ([*ASK, "--runtime", "Comfy UI!"], ["Comfy UI!"]),
    ([*ASK, "--prefer", "qualty"], ["'qualty'", "nearest: quality"]),
    ([*ASK, "--prefer", "Quality!"], ["Quality!", "quality"]),
    ([*ASK, "--style", "photorealistc"], ["style", "'photorealistic'"]),
    ([*ASK, "--engine", "cpsatt"], ["--engine", "'cpsat'", "'exhaustive'"]),
    ([*ASK, "--os", "beos"], ["--os", "'linux', 'windows', 'macos'"]),
    ([*ASK, "--confidence", "sure"], ["--confidence", "'safe'"]),
    ([*ASK, "--gppu", "x"], ["--gppu", "--gpu"]),
    ([*ASK, "--gpu"], ["--gpu", "requires an argument"]),
    ([*ASK, "--lora=3"], ["--lora", "does not take a value"]),
    (["a.yaml", "b.yaml"], ["b.yaml"]),
]


@pytest.mark.parametrize(("arguments", "parts"), UNKNOWN, ids=lambda value: " ".join(value)[-40:])
def test_unknown_names(arguments: list[str], parts: list[str]) -> None:
    assert_refused(solve(*arguments), *parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["sovle"], ["unknown command 'sovle'", "nearest: solve"]),
        (["zzz"], ["unknown command 'zzz'", "known: wizard"]),
        (["--frob"], ["--frob"]),
        (["presets", "photorealsm"], ["unknown preset 'photorealsm'", "nearest: photorealism"]),
        (["presets", "a", "b"], ["b"]),
        (["schema", "answr"], ["unknown document 'answr'", "nearest: answer"]),
        (["catalog", "list", "modls"], ["unknown collection 'modls'", "nearest: models"]),
        (["catalog", "show", "flux1-deb"], ["unknown entry 'flux1-deb'", "flux1-dev"]),
        (["catalog", "lst"], ["lst", "list"]),
        (["catalog", "show"], ["NAME"]),
        (["hardware", "--gpu", "RTX 4071"], ["unknown gpu 'RTX 4071'", "rtx-4070"]),
        (["hardware", "--gpu", "RTX 4070", "--ram", "-1GB"], ["--ram", "'-1GB'"]),
        (["hardware", "--timeout", "0"], ["--timeout"]),
    ],
)
def test_unknown_commands_and_arguments(arguments: list[str], parts: list[str]) -> None:
    assert_refused(invoke(*arguments), *parts)


def test_a_group_without_a_command_shows_its_help() -> None:
    result = invoke("catalog")
    assert result.code in (0, 2)
    assert "Usage: rigfit catalog" in result.out + result.err
    assert "error: Usage" not in result.err


def test_an_ambiguous_card_lists_the_choices() -> None:
    assert_refused(
        solve("--gpu", "RTX 3060", "--preset", "photorealism"),
        "rtx-3060-8gb (8.0 GB",
        "rtx-3060-12gb (12.0 GB",
        "by its id",
    )
    assert solve("--gpu", "RTX 3060", "--vram", "12GB", "--preset", "lightweight").code == 0


# Options that do not go together ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--task", "image_generation", "--vram", "8GB"], ["--vram needs", "--gpu"]),
        ([*TASK, "--vram", "8GB"], ["--vram needs --gpu"]),
        ([*ASK, "--gpu", "none"], ["none"]),
        ([*ASK, "--os", "macos"], ["macOS has no CUDA backend"]),
        (["--gpu", "apple-m3-max-64gb", "--os", "linux", "--preset", "lightweight"], ["macOS only"]),
        ([*ASK, "--machine", "x.yaml"], ["--machine and --gpu exclude each other"]),
        (["--gpu", "none"], ["nothing is asked for", "--preset"]),
        ([*CARD, "--lora"], ["'lora' belongs to", "--task"]),
        ([*ASK, "--catalog", "/nowhere"], ["/nowhere: no such folder"]),
    ],
)
def test_combinations(arguments: list[str], parts: list[str]) -> None:
    assert_refused(solve(*arguments), *parts)


def test_a_request_file_and_a_preset(write) -> None:
    assert_refused(
        solve(write("tasks: [{task: image_generation}]\n"), *ASK), "request file and --preset exclude each other"
    )


# Amounts ----------------------------------------------------------------------------------------------------------

AMOUNTS = [
    "-4GB",
    "-4",
    "-0.1 GB",
    "12",
    "12.5",
    "99999999TB",
    "1e300GB",
    "1e-400",
    "12 parsecs",
    "GB",
    "",
    " ",
    "nan",
    "inf GB",
    "12,5 GB",
    "0x10GB",
    "١٢ GB",
    "9" * 5000,
    "9" * 5000 + " GB",
    "0",
]


@pytest.mark.parametrize("option", ["--vram", "--ram", "--disk", "--max-disk"])
@pytest.mark.parametrize("amount", AMOUNTS, ids=lambda text: text[:12] or "empty")
def test_amounts(option: str, amount: str) -> None:
    assert_refused(solve(*ASK, option, amount), option)


@pytest.mark.parametrize("option", ["--vram", "--ram", "--disk"])
def test_zero_is_said_not_unsaid(option: str) -> None:
    """A machine without memory is either refused or honoured: it is not a machine with the usual amount."""
    result = solve(*ASK, option, "0GB")
    if result.code == 2:
        assert_refused(result, option.removeprefix("--"))
    else:
        assert result.code == 1, "nothing runs on nothing"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--size", v)
        for v in (
            "0x0",
            "63x64",
            "99999999x64",
            "-1x64",
            "1024",
            "x",
            "1024x",
            "²x²",
            "١٠٢٤x١٠٢٤",
            "9" * 5000 + "x64",
            "",
        )
    ]
    + [("--max-time", v) for v in ("-3", "3 fortnights", "", "soon", "1e300 h", "nan", "9" * 5000)]
    + [("--top", v) for v in ("0", "-1", "51", "x", "1.5", "", "9" * 5000)]
    + [("--revenue", v) for v in ("-1", "x", "1e400", "")],
    ids=lambda text: text[:12] or "empty",
)
def test_other_numbers(option: str, value: str) -> None:
    assert_refused(solve(*ASK, option, value))


# Request files ----------------------------------------------------------------------------------------------------

GOOD = (
    "tasks:\n- task: image_generation\n  features: [inpainting]\nmachine:\n  gpus: [RTX 4070]\n  ram: 32 GB\ntop: 1\n"
)
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


def test_the_good_request_is_good(write) -> None:
    assert solve(write(GOOD)).code == 0


def test_files_that_are_none(tmp_path: Path) -> None:
    assert_refused(solve(tmp_path / "none.yaml"), f"{tmp_path / 'none.yaml'}: no such file")
    assert_refused(solve(tmp_path), f"{tmp_path}: is a directory")
    assert_refused(solve(tmp_path / "with\na break.yaml"), "no such file")
    assert_refused(solve("x" * 5000), "cannot be read")


FILES: dict[str, tuple[str | bytes, int | None, list[str]]] = {
    "empty": ("", None, ["the file is empty"]),
    "only a comment": ("# nothing\n", None, ["the file is empty"]),
    "a list": ("- 1\n", 1, ["a mapping is needed"]),
    "a word": ("hello\n", 1, ["a mapping is needed"]),
    "no task": ("top: 1\n", None, ["nothing is asked for"]),
    "not UTF-8": (b"tasks:\n- task: image_generation\n  title: caf\xe9\n", 3, ["not UTF-8"]),
    "UTF-16": (GOOD.encode("utf-16"), 1, ["not UTF-8"]),
    "binary": (bytes(range(256)), None, []),
    "nulls": (b"\0" * 100, 1, ["not valid YAML"]),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(100), 1, ["not UTF-8"]),
    "malformed": (GOOD + "x: [1, 2\n", None, ["not valid YAML"]),
    "a tab": ("tasks:\n\t- task: image_generation\n", 2, ["not valid YAML"]),
    "duplicate key": (GOOD + "top: 2\n", 8, ["'top' stands here twice (first on line 7)"]),
    "duplicate key deep down": (GOOD.replace("  features", "  task: x\n  features"), 3, ["'task' stands here twice"]),
    "alias bomb": (BOMB, 1, ["anchors (&a0)"]),
    "alias": ("tasks: *all\n", 1, ["aliases (*all)"]),
    "tag": ("tasks: !!python/object:os.system []\n", 1, ["tags"]),
    "two documents": (GOOD + "---\n" + GOOD, 8, ["a second document"]),
    "too deep": ("tasks: " + "[" * 5000 + "\n", 1, ["nest"]),
    "huge number": (GOOD.replace("top: 1", "top: " + "9" * 5000), 7, []),
    "infinite": (GOOD.replace("top: 1", "top: 1e999"), 7, ["top"]),
    "unknown field": (GOOD.replace("features", "featurs"), 3, ["unknown field 'featurs'", "nearest: features"]),
    "unknown field at the top": (GOOD + "tops: 3\n", 8, ["unknown field 'tops'", "nearest: top"]),
    "unknown field in machine": (GOOD.replace("ram:", "rom:"), 6, ["unknown field 'rom'", "nearest: ram"]),
    "wrong type": (GOOD.replace("top: 1", "top: many"), 7, ["top", "'many'"]),
    "a word for a list": (GOOD.replace("[inpainting]", "inpainting"), 3, ["tasks.0.features"]),
    "null for a list": (GOOD.replace("features: [inpainting]", "features: null"), 3, ["tasks.0.features"]),
    "out of range": (GOOD.replace("top: 1", "top: 51"), 7, ["top", "50"]),
    "too many tasks": ("tasks: [" + "{task: image_generation}, " * 17 + "]\n", 1, ["tasks", "16"]),
    "another schema": (GOOD + "schema: rigfit.request/9\n", 8, ["rigfit.request/1"]),
    "unknown style": (
        GOOD.replace("features: [inpainting]", "style: photorealistc"),
        3,
        ["tasks.0.style", "'photorealistic'"],
    ),
    "unknown engine": (GOOD + "engine: cpsatt\n", 8, ["engine", "'cpsat'"]),
    "unknown task": (
        GOOD.replace("image_generation", "image_generatoin"),
        2,
        ["'image_generatoin'", "nearest: image_generation"],
    ),
    "unknown feature": (GOOD.replace("[inpainting]", "[inpaintin]"), 3, ["'inpaintin'", "nearest: inpainting"]),
    "unknown wish": (
        GOOD.replace("features: [inpainting]", "wishes: [inpaintin]"),
        3,
        ["'inpaintin'", "nearest: inpainting"],
    ),
    "unknown model": (GOOD.replace("features: [inpainting]", "models: [flux1-deb]"), 3, ["'flux1-deb'", "flux1-dev"]),
    "unknown excluded model": (
        GOOD.replace("features: [inpainting]", "exclude: [flux1-deb]"),
        3,
        ["'flux1-deb'", "flux1-dev"],
    ),
    "unknown runtime": (GOOD + "policies: {runtimes: [comfyu]}\n", 8, ["'comfyu'", "nearest: comfyui"]),
    "unknown profile": (GOOD + "policies: {prefer: qualty}\n", 8, ["'qualty'", "nearest: quality"]),
    "unknown gpu": (GOOD.replace("RTX 4070", "RTX 4071"), 5, ["'RTX 4071'", "rtx-4070"]),
    "ambiguous gpu": (GOOD.replace("RTX 4070", "RTX 3060"), 5, ["rtx-3060-8gb", "rtx-3060-12gb"]),
    "negative size": (GOOD.replace("32 GB", "-32 GB"), 6, ["machine.ram", "'-32 GB'"]),
    "negative bytes": (GOOD.replace("32 GB", "-32"), 6, ["machine.ram"]),
    "unitless size": (GOOD.replace("32 GB", "32"), 6, ["ram", "32"]),
    "unitless fraction": (GOOD.replace("32 GB", "32.5"), 6, ["machine.ram", "no unit"]),
    "absurd size": (GOOD.replace("32 GB", "99999999 TB"), 6, ["machine.ram", "1 EiB"]),
    "vram without a card": (GOOD.replace("gpus: [RTX 4070]", "vram: 12 GB"), None, ["vram"]),
    "absurd picture": (GOOD.replace("features: [inpainting]", "size: {width: 99999999}"), 3, ["tasks.0.size.width"]),
    "not a number": (GOOD.replace("features: [inpainting]", "size: {seconds: .nan}"), 3, ["tasks.0.size.seconds"]),
    "endless": (GOOD.replace("features: [inpainting]", "size: {seconds: 1e999}"), 3, ["tasks.0.size.seconds"]),
    "negative time": (GOOD + "policies: {max_time: -3}\n", 8, ["policies.max_time"]),
    "negative revenue": (GOOD + "policies: {revenue_usd: -3}\n", 8, ["policies.revenue_usd"]),
}


@pytest.mark.parametrize("name", FILES)
def test_request_files(name: str, write) -> None:
    content, line, parts = FILES[name]
    path = write(content)
    place = [] if line is None else [f"error: {path}:{line}: "]
    assert_refused(solve(path), *place, *parts)


def test_a_file_of_hundreds_of_megabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.yaml").open("wb") as stream:
        stream.truncate(300 * 2**20)
    assert_refused(solve(tmp_path / "big.yaml"), "larger than 8 MiB")


# Machine files ----------------------------------------------------------------------------------------------------

MACHINE = "schema: rigfit.machine/1\nsimulated: true\nos: linux\nram: 32 GB\ndisk_free: 200 GB\n"


@pytest.mark.parametrize(
    ("content", "line", "parts"),
    [
        ("", None, ["the file is empty"]),
        ("- 1\n", 1, ["a mapping is needed"]),
        (b"os: caf\xe9\n", 1, ["not UTF-8"]),
        (MACHINE + "ram: 1 GB\n", 6, ["'ram' stands here twice"]),
        (MACHINE + "installed: &x [a]\n", 6, ["anchors"]),
        (MACHINE + "rom: 1 GB\n", 6, ["unknown field 'rom'", "nearest: ram"]),
        (MACHINE.replace("32 GB", "32"), 4, ["ram", "unit"]),
        (MACHINE.replace("32 GB", "-32 GB"), 4, ["ram", "'-32 GB'"]),
        (MACHINE.replace("linux", "beos"), 3, ["os", "'linux'"]),
        (MACHINE.replace("os: linux\n", ""), 1, ["'os' is missing"]),
        (MACHINE + "x: [\n", 7, ["not valid YAML"]),
        (MACHINE + "cpu: {cores: " + "9" * 5000 + "}\n", 6, []),
    ],
)
def test_machine_files(content: str | bytes, line: int | None, parts: list[str], write) -> None:
    path = write(content, "machine.yaml")
    place = f"{path}:{line}: " if line else f"{path}: "
    for command in (["solve", "--preset", "lightweight"], ["hardware"]):
        assert_refused(invoke(*command, "--machine", path), f"error: {place}", *parts)
    with pytest.raises(InputError) as error:
        load_machine(path)
    assert str(error.value).startswith(place)


def test_machine_files_that_are_none(tmp_path: Path) -> None:
    for path, part in ((tmp_path / "x", "no such file"), (tmp_path, "is a directory")):
        assert_refused(solve("--preset", "lightweight", "--machine", path), f"{path}: {part}")
        assert_refused(invoke("hardware", "--machine", path), f"{path}: {part}")


# A catalog of one's own -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line", "parts"),
    [
        ("", None, ["the file is empty"]),
        ("models: 3\n", 1, ["models"]),
        ("gpus:\n- {id: x}\n", 2, ["missing"]),
        ("gpuss: []\n", 1, ["unknown field 'gpuss'", "nearest: gpus"]),
        (b"gpus: caf\xe9\n", 1, ["not UTF-8"]),
        ("gpus: []\ngpus: []\n", 2, ["stands here twice"]),
        ("gpus: &x [*x]\n", 1, ["anchors"]),
        (
            "gpus:\n- {id: x, title: X, vendor: nvidia, backend: cuda, architecture: ada, memory: 12 GB}\n",
            2,
            ["is not a fact"],
        ),
        (
            "gpus:\n- {id: x, title: X, vendor: nvidia, backend: cuda, architecture: ada,\n"
            "   memory: {value: 12 GB, source: nowhere}}\n",
            3,
            ["'nowhere'"],
        ),
    ],
)
def test_a_broken_catalog(content: str | bytes, line: int | None, parts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "own" / "own.yaml"
    path.parent.mkdir()
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    place = f"error: {path}:{line}: " if line else f"error: {path}: "
    assert_refused(solve(*TASK, "--catalog", path.parent), place, *parts)


def test_a_broken_catalog_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGFIT_CATALOG", str(tmp_path / "none"))
    for command in (["solve", *TASK], ["presets"], ["catalog", "list"], ["hardware", "--gpu", "none"]):
        assert_refused(invoke(*command), "none: no such folder")


# Through a real shell ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["solve", "--gpu", "RTX 4071", "--preset", "photorealism"], ["sovle"]])
def test_in_a_process_of_its_own(arguments: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(rigfit.__file__).parent.parent)}
    ended = subprocess.run(
        [sys.executable, "-m", "rigfit", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert_refused(Result(ended.returncode, ended.stdout, ended.stderr), "nearest")


def test_text_that_is_no_unicode_on_the_command_line(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 reach Python as lone surrogates."""
    environment = {**os.environ, "PYTHONPATH": str(Path(rigfit.__file__).parent.parent)}
    for arguments in ([b"--gpu", b"caf\xe9"], [b"--preset", b"\xff"], [b"caf\xe9.yaml"]):
        ended = subprocess.run(
            [sys.executable.encode(), b"-m", b"rigfit", b"solve", *arguments],
            env=environment, capture_output=True, timeout=60, check=False, cwd=tmp_path,
        )  # fmt: skip
        error = ended.stderr.decode(errors="replace")
        assert_refused(Result(ended.returncode, ended.stdout.decode(), error))


# Anything at all --------------------------------------------------------------------------------------------------


def assert_no_fault(result: Result) -> None:
    assert result.code in (0, 1, 2), result
    assert "Traceback" not in result.err
    assert "internal fault" not in result.err
    if result.code == 2:
        assert_refused(result)


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)
FRAGMENTS = st.sampled_from(
    [
        b"tasks",
        b"task",
        b"image_generation",
        b"features",
        b"machine",
        b"gpus",
        b"none",
        b"RTX 4070",
        b": ",
        b":",
        b"- ",
        b"\n",
        b"\n  ",
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"&a ",
        b"*a",
        b"!!",
        b"'",
        b'"',
        b"#",
        b"|",
        b">",
        b"\t",
        b"null",
        b"true",
        b"-1",
        b"1e9",
        b"0",
        b"9" * 30,
        b"\xff",
        b"\x00",
        b"\xef\xbb\xbf",
        b"---\n",
        b"?",
        b"%",
        b"GB",
        b"ram: ",
        b"\xc3\xa9",
        b"policies",
    ]
)


@given(content=st.binary(max_size=200) | st.lists(FRAGMENTS, max_size=40).map(b"".join))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_a_request(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "request.yaml"
    path.write_bytes(content)
    result = solve(path, "--gpu", "none")
    assert_no_fault(result)
    if result.code == 2 and "nothing is asked for" not in result.err:
        assert str(path) in result.err, "the message names the file"


@given(data=st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_good_request_with_a_slip(data: st.DataObject, tmp_path: Path) -> None:
    """A valid file with a few bytes cut, doubled or replaced."""
    content = GOOD.replace("RTX 4070", "none").encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 6))
        content = content[:at] + data.draw(FRAGMENTS | st.just(b"")) + content[at + length :]
    path = tmp_path / "request.yaml"
    path.write_bytes(content)
    assert_no_fault(solve(path, "--gpu", "none"))


OPTIONS = [
    "--gpu",
    "--vram",
    "--ram",
    "--disk",
    "--os",
    "--machine",
    "--preset",
    "--task",
    "--need",
    "--model",
    "--style",
    "--size",
    "--revenue",
    "--prefer",
    "--confidence",
    "--runtime",
    "--max-time",
    "--max-disk",
    "--top",
    "--engine",
    "--catalog",
]
VALUES = texts | st.sampled_from(
    [
        "",
        "-1",
        "0",
        "1",
        "0GB",
        "8GB",
        "1e9",
        "1e999 GB",
        "12",
        "flux1",
        "image_generation",
        "inpainting",
        "lora",
        "none",
        "1x1",
        "64x64",
        "∞",
        "½ GB",
        "²",
        "\n",
        "--",
        "-",
        "nan",
        "quality",
        "comfyui",
        "/",
        ".",
        "~",
        "rtx-4070",
    ]
)


@given(st.lists(st.tuples(st.sampled_from(OPTIONS), VALUES), min_size=1, max_size=3))
@settings(max_examples=80)
def test_any_values_of_options(options: list[tuple[str, str]]) -> None:
    assert_no_fault(solve(*TASK, *(word for option in options for word in option)))


@given(
    st.lists(
        VALUES | st.sampled_from(["solve", "catalog", "list", "show", "presets", "schema", "--json", *OPTIONS]),
        max_size=5,
    )
)
@settings(max_examples=60)
def test_any_words(words: list[str]) -> None:
    if words[:1] == ["hardware"]:
        return
    result = invoke(*words)
    assert result.code in (0, 1, 2), result
    assert "Traceback" not in result.err
    assert "internal fault" not in result.err
