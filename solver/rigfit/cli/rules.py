"""`rigfit rules`: list and show the rules, and run the examples that stand beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import click

from rigfit.cli.asking import knowledge_from
from rigfit.cli.catalog.common import catalog_option, dump, json_option
from rigfit.errors import unknown
from rigfit.knowledge import Knowledge
from rigfit.schema.rules import Rule, Subject


@click.group("rules")
def command() -> None:
    """List, show and test the rules: what is allowed, at what cost, and why."""


@command.command("list")
@click.option("--about", type=click.Choice(get_args(Subject)), help="Only rules about this.")
@json_option
@catalog_option
def list_(about: str | None, as_json: bool, catalog_dir: Path | None) -> None:
    """List the rules with what they do."""
    rules = [r for r in knowledge_from(catalog_dir).rulebook.rules if about in (None, r.about)]
    if as_json:
        click.echo(json.dumps([dump(rule) for rule in rules], indent=2))
        return
    from rich.table import Table

    from rigfit.cli.render.console import console

    table = Table(box=None, pad_edge=False)
    for heading in ("rule", "about", "does", "title"):
        table.add_column(heading, no_wrap=heading != "title")
    for rule in rules:
        table.add_row(rule.id, rule.about, rule.then.do, rule.title)
    console().print(table)


@command.command("show")
@click.argument("name")
@json_option
@catalog_option
def show(name: str, as_json: bool, catalog_dir: Path | None) -> None:
    """Show one rule: when it matches, what it does, why, who says so, and its examples."""
    knowledge = knowledge_from(catalog_dir)
    rule = _rule(knowledge, name)
    if as_json:
        click.echo(json.dumps(dump(rule), indent=2))
        return
    source = knowledge.index("sources")[rule.source]
    when = rule.when.model_dump(mode="json", exclude_defaults=True)
    then = rule.then.model_dump(mode="json", exclude_defaults=True)
    click.echo(f"# {rule.origin}")
    click.echo(f"{rule.id}: {rule.title}")
    click.echo(f"about: {rule.about}")
    click.echo("when: " + "; ".join(f"{field} {_words(value)}" for field, value in when.items()))
    click.echo("then: " + ", ".join([rule.then.do, *(f"{k} {_words(v)}" for k, v in then.items() if k != "do")]))
    click.echo(f"reason: {rule.reason}")
    click.echo(f"source: {source.id}: {source.title}" + (f" ({source.url})" if source.url else ""))
    for example in rule.examples:
        case = example.model_dump(mode="json", exclude_defaults=True, exclude={"matches"})
        speaks = "speaks of" if example.matches else "does not speak of"
        click.echo(f"{speaks}: " + ", ".join(f"{field} {_words(value)}" for field, value in case.items()))


@command.command("test")
@click.argument("names", nargs=-1)
@catalog_option
@click.pass_context
def test(ctx: click.Context, names: tuple[str, ...], catalog_dir: Path | None) -> None:
    """Run the examples beside each rule (or the named ones); a rule without an example fails. Exit 1 on failure."""
    from rigfit.checks.examples import check
    from rigfit.checks.places import Places

    knowledge = knowledge_from(catalog_dir)
    rules = [_rule(knowledge, name) for name in names] or list(knowledge.rulebook.rules)
    failures = list(check(knowledge, Places(catalog_dir), rules))
    for failure in failures:
        click.echo(str(failure))
    cases = sum(len(rule.examples) for rule in rules)
    bare = sum(not rule.examples for rule in rules)
    covered = f"{len(rules) - bare} of {len(rules)} rules have examples"
    click.echo(f"{cases} examples, {covered}, {len(failures)} failure{'s' * (len(failures) != 1)}")
    if failures:
        ctx.exit(1)


def _rule(knowledge: Knowledge, name: str) -> Rule:
    rules: dict[str, Rule] = knowledge.index("rules")
    if name not in rules:
        raise unknown("rule", name, rules)
    return rules[name]


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return str(value.get("value", value))
    return str(value).lower() if isinstance(value, bool) else str(value)
