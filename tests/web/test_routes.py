"""Every route answers what the command line prints with `--json` for the same request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from invoke import assert_refused, invoke
from serving import HOST, Inline
from starlette.testclient import TestClient

from rigfit.web.app import create_app
from rigfit.web.desk import Desk
from rigfit.wizard import machine_of, questions, visible

UPSCALING: dict[str, Any] = {
    "tasks": [{"task": "upscaling", "models": ["real-esrgan-x4plus", "anime-sharp-4x"]}],
    "machine": {"gpus": ["rtx-3060-12gb"], "ram": "32 GB"},
}
NOTHING_FITS: dict[str, Any] = {**UPSCALING, "policies": {"max_disk": "1 MB"}}
CARD = ("--gpu", "rtx-3060-12gb", "--ram", "32GB")
HERE: dict[str, Any] = {"tasks": UPSCALING["tasks"]}


@pytest.fixture(scope="module")
def client(knowledge):
    return TestClient(create_app(Inline(Desk(knowledge))), base_url=HOST)


@pytest.fixture
def request_file(tmp_path: Path):
    def write(content: dict[str, Any]) -> Path:
        path = tmp_path / "request.yaml"
        path.write_text(json.dumps(content))
        return path

    return write


def printed(*arguments: Any) -> Any:
    """What the command line prints."""
    result = invoke(*arguments, "--json")
    assert result.code in (0, 1), result.err
    return json.loads(result.out)


def post(client: TestClient, path: str, body: Any) -> Any:
    response = client.post(f"/v1/{path}", json=body)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("asked", [UPSCALING, NOTHING_FITS], ids=["fits", "nothing fits"])
def test_solve(client, request_file, asked) -> None:
    assert post(client, "solve", asked) == printed("solve", request_file(asked))


def test_solve_proves_what_it_explains(client, request_file) -> None:
    found = post(client, "solve?prove=true", NOTHING_FITS)
    assert found == printed("solve", request_file(NOTHING_FITS), "--prove")
    assert found["explanation"]["proof"] is not None


def test_solve_without_explanation_leaves_out_what_takes_long(client) -> None:
    found = post(client, "solve?explain=false", NOTHING_FITS)
    assert found["status"] == "infeasible"
    assert found["explanation"]["conflict"] is None
    assert found["explanation"]["closest"]


@pytest.mark.parametrize("asked", [UPSCALING, NOTHING_FITS], ids=["fits", "nothing fits"])
def test_quick_has_the_bundles_of_the_whole_answer(client, asked) -> None:
    whole = post(client, "solve", asked)
    for _ in range(2):  # solved, then taken from what is proved
        found = post(client, "quick", asked)
        assert found.pop("schema") == "rigfit.quick/1"
        assert found == {name: whole[name] for name in found}


def test_quick_equals_solve_wherever_a_slider_stands(client) -> None:
    for vram in range(1024, 12 * 1024, 1111):
        asked = {**UPSCALING, "machine": {"gpus": ["rtx-3060-12gb"], "vram": f"{vram} MiB", "ram": "16 GB"}}
        found, whole = post(client, "quick", asked), post(client, "solve", asked)
        assert [found[name] for name in ("status", "bundles", "usable")] == [
            whole[name] for name in ("status", "bundles", "usable")
        ]


def test_without_a_machine_it_is_this_computer(client, request_file) -> None:
    machine = client.get("/v1/machine").json()["machine"]
    assert machine["simulated"] is False
    assert post(client, "solve", HERE)["machine"] == machine
    more = post(client, "solve", {**HERE, "machine": {"ram": "64 GB"}})["machine"]
    assert more["simulated"] is False
    assert more["ram"] == 64 * 2**30
    stated = printed("solve", request_file({**HERE, "machine": {"ram": "64 GB"}}))["machine"]
    assert more["assumptions"] == stated["assumptions"]


def test_why(client, request_file) -> None:
    found = post(client, "why", {"request": UPSCALING, "model": "real-esrgan-x4plus"})
    assert found == printed("why", "real-esrgan-x4plus", request_file(UPSCALING))
    assert found["rank"] in (1, 2)


def test_why_not(client, request_file) -> None:
    found = post(client, "why-not", {"request": UPSCALING, "model": "anime-sharp-4x"})
    assert found == printed("why-not", "anime-sharp-4x", request_file(UPSCALING))


def test_why_not_for_every_variant(client, request_file) -> None:
    found = post(client, "why-not", {"request": UPSCALING})
    assert found == printed("why-not", "--all", request_file(UPSCALING))
    assert len(found["judgements"]) > 1


def test_whatif(client, request_file) -> None:
    asked = {
        "request": UPSCALING,
        "vary": [{"resource": "vram", "low": "1 GB", "high": "12 GB"}],
        "gpus": ["GTX 1650", "RTX 4090"],
    }
    path = request_file(UPSCALING)
    wanted = printed("whatif", path, "--vary", "vram=1GB..12GB", "--gpu-list", "GTX 1650,RTX 4090")
    found = post(client, "whatif", asked)
    # How much of it was proved before differs: the server remembers.
    assert {**found, "solves": 0, "reused": 0} == {**wanted, "solves": 0, "reused": 0}
    assert post(client, "whatif", asked)["solves"] == 0


def test_whatif_over_two_resources(client, request_file) -> None:
    vary = [{"resource": "vram", "low": "2 GB", "high": "8 GB"}, {"resource": "ram", "low": "8 GB", "high": "32 GB"}]
    found = post(client, "whatif", {"request": UPSCALING, "vary": vary, "exact": True})
    path = request_file(UPSCALING)
    wanted = printed("whatif", path, "--vary", "vram=2GB..8GB", "--vary", "ram=8GB..32GB", "--exact")
    assert {**found, "solves": 0, "reused": 0} == {**wanted, "solves": 0, "reused": 0}


def test_upgrade(client, request_file) -> None:
    asked = {"request": UPSCALING, "to": ["RTX 4090", "RX 7900 XTX"], "budget": 1700, "prices": {"electricity": 0.3}}
    found = post(client, "upgrade", asked)
    path = request_file(UPSCALING)
    assert found == printed("upgrade", path, "--to", "RTX 4090,RX 7900 XTX", "--budget", "1700")


def test_cost(client, request_file, tmp_path) -> None:
    prices = {"electricity": 0.5, "gpus": {"RTX 3060 12GB": 280}, "date": "2026-01-01"}
    file = tmp_path / "prices.yaml"
    file.write_text(json.dumps({"schema": "rigfit.prices/1", **prices}))
    path = request_file(UPSCALING)
    found = post(client, "cost", {"request": UPSCALING, "per_month": 300, "prices": prices, "months": 24})
    assert found == printed("cost", path, "--per-month", "300", "--prices", file, "--months", "24")
    scenarios = post(client, "cost", {"request": UPSCALING, "scenarios": ["heavy"], "owned": True})
    assert scenarios == printed("cost", path, "--scenario", "heavy", "--owned")


def test_estimate(client) -> None:
    case = {"model": "flux1-dev", "variants": {"denoiser": "Q8_0"}, "machine": {"gpu": "RTX 4070", "ram_gb": 32}}
    options = ("--variant", "denoiser=Q8_0", "--gpu", "RTX 4070", "--ram", "32GB")
    assert post(client, "estimate", case) == printed("estimate", "flux1-dev", *options)


def test_estimate_on_this_computer(client) -> None:
    here = post(client, "estimate", {"model": "real-esrgan-x4plus"})
    assert here["device"] == printed("estimate", "real-esrgan-x4plus")["device"]


def test_many_estimates(client, tmp_path) -> None:
    cases = [{"id": n, "model": model} for n, model in enumerate(["flux1-dev", "no such model", "sdxl-base"] * 5)]
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(f"{json.dumps(case)}\n" for case in cases))
    wanted = [json.loads(line) for line in invoke("estimate", "--cases", file, "--json").out.splitlines()]
    assert post(client, "estimates", cases) == wanted
    with client.stream("POST", "/v1/estimates?lines=true", json=cases) as response:
        assert response.headers["content-type"].startswith("application/x-ndjson")
        assert [json.loads(line) for line in response.iter_lines()] == wanted
    assert [("error" in one) for one in wanted[:3]] == [False, True, False]
    assert post(client, "estimates", []) == []


def test_machine(client) -> None:
    found = client.post("/v1/machine?features=true", json={"gpus": ["rtx-3060-12gb"], "ram": "32 GB"}).json()
    assert found == printed("hardware", *CARD, "--features")


def test_the_wizards_flow(client, knowledge) -> None:
    first = client.get("/v1/flow").json()
    assert first["machine"] == client.get("/v1/machine").json()["machine"]
    # What is answered by default, sent back, changes nothing but that it is answered.
    assert post(client, "flow", {"answers": first["answers"]})["request"] == first["request"]
    flow, answers = questions(knowledge), {"machine": "other", "card": ["RTX 3060 12GB"], "ram": "32 GB"}
    machine = machine_of(flow, answers, knowledge, lambda: pytest.fail("the computer was asked for"))
    wanted = visible(flow, answers, machine, knowledge).model_dump(mode="json", by_alias=True)
    found = post(client, "flow", {"answers": answers})
    assert found == wanted
    assert post(client, "machine", found["machine_request"])["machine"] == found["machine"]
    wrong = client.post("/v1/flow", json={"answers": {"goal": "no such goal"}})
    assert wrong.status_code == 422


def test_presets_gpus_and_words(client, knowledge) -> None:
    presets = client.get("/v1/presets").json()
    assert presets == printed("presets")
    cards = client.get("/v1/gpus").json()["gpus"]
    assert [card["id"] for card in cards] == list(knowledge.index("gpus"))
    words = client.get("/v1/vocabulary").json()
    assert {task["id"] for task in words["tasks"]} == set(knowledge.index("tasks"))
    assert "lora" in {feature["id"] for feature in words["features"]}
    assert len(words["models"]) == len(knowledge.catalog.models)


def test_a_preset_is_a_body_for_solve(client) -> None:
    preset = next(p for p in client.get("/v1/presets").json() if p["id"] == "video")
    asked = {**preset["request"], "preset": "video", "machine": {"gpus": ["RTX 4090"]}}
    found = post(client, "solve", asked)
    assert found["bundles"] == printed("solve", "--preset", "video", "--gpu", "RTX 4090")["bundles"]


def test_catalog_and_schemas(client) -> None:
    assert client.get("/v1/catalog/runtimes").json() == printed("catalog", "list", "runtimes")
    entry = client.get("/v1/catalog/models/flux1-dev").json()
    assert {"collection": "models", **entry["entry"]} == printed("catalog", "show", "flux1-dev")[0]
    assert entry["provenance"] == printed("catalog", "show", "flux1-dev", "--sources")[0]
    assert client.get("/v1/schema/answer").json() == json.loads(invoke("schema", "answer").out)
    assert client.get("/v1/about").json()["catalog"]


@pytest.mark.parametrize(
    ("path", "body", "status", "message", "where", "nearest"),
    [
        ("solve", {"tasks": [{"task": "upscalin"}]}, 422, "unknown task 'upscalin'", None, ["upscaling"]),
        ("solve", {}, 422, "nothing is asked for", "tasks", []),
        ("solve", {"tasks": [{"task": "upscaling", "sise": 1}]}, 422, "Extra inputs", "body.tasks.0.sise", []),
        ("solve", [], 422, "valid", "body", []),
        ("solve", {**HERE, "machine": {"gpus": ["RTX 4071"]}}, 422, "unknown gpu", None, ["rtx-4070"]),
        ("solve", {**HERE, "machine": {"vram": "8 GB"}}, 422, "needs a simulated card", None, []),
        ("machine", {"gpus": ["RTX 4070"], "vram": 12}, 422, "has no unit", "machine.vram", []),
        ("why", {"request": UPSCALING, "model": "flux1-def"}, 422, "unknown model", None, ["flux1-dev"]),
        ("solve", {**HERE, "machine": {"gpus": ["RTX 3060"]}}, 422, "any of", None, ["rtx-3060-8gb", "rtx-3060-12gb"]),
        ("whatif", {"request": UPSCALING}, 422, "nothing varies", None, []),
        ("whatif", {"request": UPSCALING, "vary": [{"resource": "vram", "low": "much", "high": "8 GB"}]}, 422,
         "not an amount", "vary.0", []),
        ("upgrade", {"request": UPSCALING, "to": ["RTX 4090"], "since": 2022}, 422, "exclude", None, []),
        ("cost", {"request": UPSCALING, "service": "nobody"}, 422, "unknown cloud service", None, []),
        ("cost", {"request": UPSCALING, "owned": True, "hardware": 1}, 422, "exclude each other", None, []),
        ("estimate", {"model": "no such model"}, 422, "no such model", None, []),
        ("estimate", {"model": "flux1-dev", "width": 10**30}, 422, "", None, []),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_shape(client, path, body, status, message, where, nearest) -> None:
    response = client.post(f"/v1/{path}", json=body)
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "where", "nearest"}
    assert message in error["message"]
    assert "\n" not in error["message"]
    assert where is None or error["where"] == where
    assert set(nearest) <= set(error["nearest"])


@pytest.mark.parametrize("path", ["catalog/nothing", "catalog/models/flux1-def", "schema/nothing", "nothing"])
def test_what_is_not_there_is_not_found(client, path) -> None:
    response = client.get(f"/v1/{path}")
    assert response.status_code == 404
    assert response.json()["error"]["message"]


def test_other_methods_are_refused(client) -> None:
    response = client.get("/v1/solve")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert client.delete("/v1/about").status_code == 405
    assert client.post("/", json={}).status_code == 404


def test_models_on_the_disk_count_for_every_machine(knowledge, tmp_path) -> None:
    folder = tmp_path / "models" / "upscale_models"
    folder.mkdir(parents=True)
    first = post(TestClient(create_app(Inline(Desk(knowledge))), base_url=HOST), "solve", UPSCALING)["bundles"][0]
    file = first["files"][0]
    with (folder / file["name"].rpartition("/")[2]).open("wb") as stream:
        stream.truncate(file["bytes"])
    client = TestClient(create_app(Inline(Desk(knowledge, [tmp_path / "models"]))), base_url=HOST)
    found = post(client, "solve", UPSCALING)
    assert found["bundles"][0]["download_bytes"] == 0
    assert found["bundles"][0]["files"][0]["download"] == 0


def test_a_missing_extra_is_one_line(monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    import sys

    sys.modules.pop("rigfit.cli.serve", None)
    assert_refused(invoke("serve"), "pip install 'rigfit[web]'")
    sys.modules.pop("rigfit.cli.serve", None)
