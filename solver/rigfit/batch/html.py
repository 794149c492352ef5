"""A report as one HTML page: no script, no request, readable without colour."""

from __future__ import annotations

from html import escape

from rigfit.batch.html_style import STYLE
from rigfit.schema.batch import Verdict
from rigfit.schema.report import Cell, Coverage, Gain, Report, Stop

_WORDS: dict[Verdict, str] = {
    "resident": "resident on the card",
    "offloaded": "offloaded between steps",
    "streamed": "streamed",
    "cpu": "on the processor",
    "cloud": "in the cloud",
    "impossible": "no bundle",
    "undecided": "not decided",
    "invalid": "not read",
}
# Steps of the colour scale; each is a class of the style sheet.
_STEPS = 10


def page(report: Report) -> str:
    """The whole page, UTF-8."""
    title = escape(report.title)
    sections = [_coverage(report), _heat(report), _stops(report), _gains(report)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; "
        "base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        # A page without an icon makes browsers ask for one.
        '<link rel="icon" href="data:,">\n'
        f"<title>{title}: what runs where</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>What runs where</h1>\n<p>{_lead(report)}</p>\n</header>\n<main>\n"
        + "\n".join(part for part in sections if part)
        + _assumptions(report)
        + "\n</main>\n</body>\n</html>\n"
    )


def percent(share: int) -> str:
    """Hundredths of a percent as text, with one decimal where it is not whole; only all is 100 % and nothing 0 %."""
    if 0 < share < 10:
        return "under 0.1 %"
    text = f"{min(share, 99_90 if share < 100_00 else share) / 100:.1f}"
    return f"{text.removesuffix('.0')} %"


def _lead(report: Report) -> str:
    machines = f"{report.machines:,} machine{'s' if report.machines != 1 else ''}"
    requests = f"{len(report.requests)} request{'s' if len(report.requests) != 1 else ''}"
    lead = f"{escape(report.title)}: {machines}, {requests}, each decided exactly."
    if report.invalid:
        lead += f" {report.invalid:,} more could not be read and {'is' if report.invalid == 1 else 'are'} left out."
    return lead


def _coverage(report: Report) -> str:
    items = "\n".join(_bar(one) for one in report.coverage)
    note = ""
    if any(one.bounds for one in report.coverage):
        note = (
            "<p>The band is what the survey leaves open: the least and the most it can be. The mark is the share if "
            "card and system memory were independent; see what it rests on below.</p>\n"
        )
    return (
        '<section aria-labelledby="coverage">\n<h2 id="coverage">Coverage</h2>\n'
        f'<p>Share of machines, by weight, on which a request has a bundle.</p>\n{note}<dl class="bars">\n{items}\n'
        "</dl>\n</section>"
    )


def _bar(one: Coverage) -> str:
    share = one.runs.share
    if one.bounds is None:
        figure = percent(share)
        drawn = f'<span class="fill" style="width:{share / 100:.2f}%"></span>'
    else:
        low, high = one.bounds
        figure = f"{percent(low)} to {percent(high)}; {percent(share)} if independent"
        drawn = (
            f'<span class="band" style="left:{low / 100:.2f}%;width:{(high - low) / 100:.2f}%"></span>'
            f'<span class="mark" style="left:{share / 100:.2f}%"></span>'
        )
    verdicts = ", ".join(f"{percent(part)} {_WORDS[verdict]}" for verdict, part in one.verdicts.items())
    return (
        f'<div><dt>{escape(one.request)}</dt><dd><span class="figure">{figure}</span>'
        f'<span class="bar" aria-hidden="true">{drawn}</span><span class="small">{verdicts}</span></dd></div>'
    )


def _heat(report: Report) -> str:
    cells = {(cell.request, cell.tier): cell for cell in report.cells}
    head = "".join(f'<th scope="col">{escape(tier)}</th>' for tier in report.tiers)
    rows = []
    for request in report.requests:
        drawn = "".join(_cell(cells.get((request, tier))) for tier in report.tiers)
        rows.append(f'<tr><th scope="row">{escape(request)}</th>{drawn}</tr>')
    return (
        '<section aria-labelledby="heat">\n<h2 id="heat">By tier</h2>\n'
        '<div class="wide" role="region" aria-labelledby="heat" tabindex="0">\n<table class="heat">\n'
        "<caption>Share of each tier's machines, by weight, on which a request has a bundle</caption>\n"
        f'<thead><tr><th scope="col">Request</th>{head}</tr></thead>\n<tbody>\n' + "\n".join(rows) + "\n"
        "</tbody>\n</table>\n</div>\n</section>"
    )


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return '<td class="none">no machines</td>'
    step = cell.runs.share * _STEPS // 100_00
    most = max(cell.verdicts, key=lambda verdict: cell.verdicts[verdict])
    mixed = cell.verdicts[most] < 100_00
    kind = "no bundle" if most == "impossible" else most
    words = f"mostly {kind}" if mixed else kind
    return f'<td class="s{step}">{percent(cell.runs.share)}<span class="small">{words}</span></td>'


def _stops(report: Report) -> str:
    if not report.stops:
        return ""
    rows = "\n".join(_stop(one) for one in report.stops)
    return (
        '<section aria-labelledby="stops">\n<h2 id="stops">What stops them</h2>\n<div class="wide" role="region" '
        'aria-labelledby="stops" tabindex="0">\n<table>\n'
        "<caption>The first reason of every machine without a bundle</caption>\n"
        '<thead><tr><th scope="col">Request</th><th scope="col">Stopped by</th><th scope="col" class="number">'
        'Machines</th><th scope="col" class="number">Share</th><th scope="col">For example</th></tr></thead>\n<tbody>\n'
        f"{rows}\n</tbody>\n</table>\n</div>\n</section>"
    )


def _stop(one: Stop) -> str:
    return (
        f'<tr><th scope="row">{escape(one.request)}</th><td>{escape(one.stopped_by)}</td>'
        f'<td class="number">{one.cost.machines:,}</td><td class="number">{percent(one.cost.share)}</td>'
        f'<td class="why">{escape(one.example)}</td></tr>'
    )


def _gains(report: Report) -> str:
    if report.gains is None:
        return ""
    head = '<section aria-labelledby="gains">\n<h2 id="gains">What one relaxation would gain</h2>\n'
    if not report.gains:
        return head + "<p>Nothing: no single relaxation lets any of them run on one more machine.</p>\n</section>"
    rows = "\n".join(_gain(one) for one in report.gains)
    return (
        head + '<div class="wide" role="region" aria-labelledby="gains" tabindex="0">\n<table>\n'
        "<caption>Machines that run a request only with the one change; each was decided anew</caption>\n"
        '<thead><tr><th scope="col">Request</th><th scope="col">Change</th><th scope="col" class="number">Machines</th>'
        f'<th scope="col" class="number">Share</th></tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n'
        "</section>"
    )


def _gain(one: Gain) -> str:
    return (
        f'<tr><th scope="row">{escape(one.request)}</th><td>{escape(one.text)}</td>'
        f'<td class="number">+{one.gain.machines:,}</td><td class="number">+{percent(one.gain.share)}</td></tr>'
    )


def _assumptions(report: Report) -> str:
    said = ""
    if report.assumptions:
        items = "\n".join(f"<li>{escape(one)}</li>" for one in report.assumptions)
        said += (
            '\n<section aria-labelledby="basis">\n<h2 id="basis">What every share rests on</h2>\n'
            "<p>Shares by tier, of reasons and of gains take card and system memory as independent; the bounds under "
            f"Coverage do not.</p>\n<ul>\n{items}\n</ul>\n</section>"
        )
    for note in report.notes:
        said += f'\n<p class="note">{escape(note[:1].upper() + note[1:])}.</p>'
    return said
