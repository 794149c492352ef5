"""Services on the command line: options, text and mistakes."""

from __future__ import annotations

from pathlib import Path

from invoke import assert_refused, invoke

VIDEO = ("solve", "--task", "video_generation", "--model", "ltx2-19b", "--gpu", "GTX 1050", "--ram", "8GB")


def test_a_service_is_printed_with_its_price_and_who_says_it() -> None:
    result = invoke(*VIDEO, "--cloud", "fallback", "--monthly-volume", 100)
    assert result.code == 0
    for part in ("LTX-2 19B · at a service · fal", "for 100 a month", "fal-ltx2, 2026-11", "a month ·", "terms hold"):
        assert part in result.out
    assert max(map(len, result.out.splitlines())) <= 100


def test_money_bounds_what_services_do() -> None:
    assert invoke(*VIDEO, "--cloud", "fallback", "--max-cost", "1000").code == 0
    assert invoke(*VIDEO, "--cloud", "fallback", "--max-cost", "$1").code == 1


def test_a_request_file_and_options_add_up(tmp_path: Path) -> None:
    file = tmp_path / "request.yaml"
    file.write_text("tasks: [{task: video_generation, models: [ltx2-19b]}]\n"
                    "policies: {cloud: fallback, max_cost: $500, cloud_over: 10 min}\n")  # fmt: skip
    assert invoke("solve", file, "--gpu", "GTX 1050", "--ram", "8GB", "--monthly-volume", 10).code == 0


def test_what_is_said_of_services_needs_services() -> None:
    assert_refused(invoke(*VIDEO, "--cloud-over", "5s"), "--cloud-over", "--cloud fallback")
    assert_refused(invoke(*VIDEO, "--cloud", "no", "--max-cost", "5"), "--max-cost", "--cloud fallback")


def test_mistakes_are_one_line() -> None:
    assert_refused(invoke(*VIDEO, "--cloud", "maybe"), "fallback")
    assert_refused(invoke(*VIDEO, "--max-cost", "five"), "amount of money")
    assert_refused(invoke(*VIDEO, "--cloud-over", "long"), "duration")
