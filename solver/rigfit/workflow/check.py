"""The whole check: read, recognise, put together, judge, and propose what would fit."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rigfit.candidates.licences import Licensing
from rigfit.knowledge import Knowledge
from rigfit.machine import with_installed
from rigfit.machine.capacity import usable
from rigfit.machine.folders.walk import Walk
from rigfit.schema.answer import ReasonText
from rigfit.schema.catalog import Component, Model
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import Policies
from rigfit.schema.workflow import FileReport, LicenceUse, NodeUse, PipelineReport, Replacement, Verdict, WorkflowReport
from rigfit.units import format_file
from rigfit.workflow import api_format, ui_format
from rigfit.workflow.document import Document
from rigfit.workflow.fix import Fixed, fixed
from rigfit.workflow.graph import NOTES
from rigfit.workflow.judge import Judge, Judged
from rigfit.workflow.packages import conflicts_of, packages_of, services_of
from rigfit.workflow.pipelines import Assembler, Assembly, Loaded
from rigfit.workflow.recognise import Recogniser
from rigfit.workflow.replace import Proposal, Swap, propose
from rigfit.workflow.uses import Use, uses_of

_WORST: tuple[Verdict, ...] = ("resident", "offloaded", "streamed", "unknown", "impossible")


@dataclass(frozen=True)
class Checked:
    """A report, and what it proposes in the form in which it can be written."""

    report: WorkflowReport
    fixed: Fixed
    """The workflow with what is proposed; the same text where nothing is."""


@dataclass
class Checker:
    """Checks many workflows over one knowledge."""

    knowledge: Knowledge
    _recogniser: Recogniser = field(init=False)
    _assembler: Assembler = field(init=False)
    _judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self._recogniser = Recogniser(self.knowledge)
        self._assembler = Assembler(self.knowledge)
        self._judge = Judge(self.knowledge)

    def check(
        self,
        document: Document,
        machine: Machine,
        policies: Policies | None = None,
        *,
        folders: Sequence[Path] = (),
        replace: bool = True,
    ) -> Checked:
        """What becomes of a workflow.

        Args:
            document: the workflow.
            machine: where it is to run, with the files that are installed.
            policies: what it is for, and which end of the estimates must fit.
            folders: with models: files in them that the catalog does not know are there all the same.
            replace: look for files that fit where the workflow's do not.

        Raises:
            InputError: for what grows without end.
        """
        policies = policies or Policies()
        graph = (api_format if document.format == "api" else ui_format).read(document)
        uses = uses_of(graph, self.knowledge)
        there = _names_in(folders)
        known = [Loaded(use, self._recogniser.known(use, there)) for use in uses]
        assemblies = self._assembler.assemble(graph, [one for one in known if one.use.idle is None])
        judged = [self._judge.judge(one, machine, policies.confidence) for one in assemblies]
        proposals = [
            propose(one, machine, self.knowledge, policies) if replace and _lacks(one) else Proposal(None)
            for one in judged
        ]
        swaps = _everywhere([swap for proposal in proposals for swap in proposal.swaps], known)
        fix = fixed(document, graph, swaps, self.knowledge)
        files = self._files(known, machine, there)
        licences, refusals, warnings = self._licences(known, assemblies, policies)
        have = usable(machine, self.knowledge)
        blocked = {(swap.given.use.base, swap.replaced.by_file): why for swap, why in fix.blocked}
        pipelines = tuple(_pipeline(one, proposal, blocked) for one, proposal in zip(judged, proposals, strict=True))
        needed = [one for one in files if one.needed]
        download = sum(one.download or 0 for one in needed)
        services = services_of(graph, self.knowledge)
        packages, strange = packages_of(graph, self.knowledge)
        verdict: Verdict = max(
            (p.verdict for p in pipelines), key=_WORST.index, default="elsewhere" if services else "resident"
        )
        if download > have.disk:
            warnings.append(f"{format_file(download)} to download, {format_file(have.disk)} of disk free")
        report = WorkflowReport(
            workflow=Path(document.name).name,
            format=document.format,
            nodes=sum(node.active and node.type not in NOTES for node in graph.nodes.values()),
            subgraphs=graph.subgraphs,
            machine=machine,
            confidence=policies.confidence,
            verdict=verdict,
            runs=verdict not in ("impossible", "unknown") and not refusals and download <= have.disk,
            pipelines=pipelines,
            files=files,
            download=download,
            total=sum(one.bytes or 0 for one in needed),
            unsized=tuple(one.name for one in needed if one.bytes is None),
            disk_free=have.disk,
            licences=licences,
            refusals=refusals,
            packages=packages,
            conflicts=conflicts_of(packages, self.knowledge),
            services=services,
            unknown_types=strange,
            warnings=tuple(dict.fromkeys((*warnings, *(w for p in pipelines for w in p.warnings)))),
            assumptions=_assumptions(machine, judged),
        )
        return Checked(report, fix)

    def _files(self, loaded: list[Loaded], machine: Machine, there: Mapping[str, int]) -> tuple[FileReport, ...]:
        """Each file once, in the order in which the workflow names them."""
        same: dict[tuple[str, str | None], list[Loaded]] = defaultdict(list)
        for one in loaded:
            same[(one.use.base.casefold(), one.use.folder)].append(one)
        return tuple(self._file(group, machine, there) for group in same.values())

    def _file(self, group: list[Loaded], machine: Machine, there: Mapping[str, int]) -> FileReport:
        use, known = group[0].use, group[0].known
        components: dict[str, Component] = self.knowledge.index("components")
        installed = machine.installed_names
        # A file of the catalog is there if its size is right; any other if something of its name is.
        present = bool(installed & {*known.keys, use.base}) or (not known.keys and use.base.casefold() in there)
        needed = any(one.use.idle is None for one in group)
        licence = None
        if known.by == "catalog" and known.parts:
            licence = components[known.parts[0][0]].licence
        elif known.loose is not None:
            licence = self.knowledge.index("loose_files")[known.loose].licence
        return FileReport(
            name=use.base,
            folder=use.folder,
            kind=use.kind,
            needed=needed,
            by=known.by,
            components=tuple(dict.fromkeys(name for name, _ in known.parts)),
            variant=known.parts[0][1] if known.parts else None,
            precision=known.precision,
            model=known.model or next((model for model, _ in known.checkpoints), None),
            bytes=known.bytes,
            bytes_by=known.stated,
            present=present,
            download=0 if present else known.bytes,
            repo=use.repo,
            url=use.url,
            licence=licence,
            nodes=tuple(
                NodeUse(node=o.use.node.key, type=o.use.node.type, widget=o.use.widget, idle=o.use.idle) for o in group
            ),
            note=known.note,
        )

    def _licences(
        self, loaded: list[Loaded], assemblies: list[Assembly], policies: Policies
    ) -> tuple[tuple[LicenceUse, ...], tuple[ReasonText, ...], list[str]]:
        """Licences of what is needed, what they forbid and what they warn of."""
        licensing = Licensing(self.knowledge, policies)
        under: dict[str, list[str]] = defaultdict(list)
        refusals: dict[str, ReasonText] = {}
        warnings: list[str] = []
        for use, component in self._components_of(loaded, assemblies):
            under[component.licence].append(use.base)
            ruling = licensing.of_component(component)
            for reason in ruling.refusals:
                refusals.setdefault(
                    f"{reason.rule} {reason.subject}",
                    ReasonText(
                        rule=reason.rule, subject=reason.subject, text=reason.text, changeable_by="policy",
                        source=reason.source, origin=reason.origin,
                    ),
                )  # fmt: skip
            warnings += [reason.text for reason in ruling.warnings]
        entries = self.knowledge.index("licences")
        return (
            tuple(
                LicenceUse(
                    licence=name, title=entries[name].title, commercial=entries[name].commercial,
                    files=tuple(dict.fromkeys(files)),
                )
                for name, files in sorted(under.items())
            ),
            tuple(refusals.values()),
            warnings,
        )  # fmt: skip

    def _components_of(self, loaded: list[Loaded], assemblies: list[Assembly]) -> list[tuple[Use, Component]]:
        """What is in the files that are needed: the part they play in a model, else the likeliest."""
        components: dict[str, Component] = self.knowledge.index("components")
        models: dict[str, Model] = self.knowledge.index("models")
        found: list[tuple[Use, Component]] = []
        played: set[int] = set()
        for assembly in assemblies:
            for role, (_, one) in assembly.roles.items():
                if assembly.model is not None:
                    found.append((one.use, components[assembly.model.components[role]]))
                    played.add(id(one))
        for one in loaded:
            if one.use.idle is not None or id(one) in played:
                continue
            if one.known.checkpoints:
                model = models[one.known.checkpoints[0][0]]
                found += [(one.use, components[name]) for name in dict.fromkeys(model.components.values())]
            elif one.known.parts:
                found.append((one.use, components[one.known.parts[0][0]]))
        return found


def check(
    document: Document,
    machine: Machine,
    knowledge: Knowledge,
    *,
    policies: Policies | None = None,
    folders: Sequence[Path] = (),
) -> WorkflowReport:
    """Whether a workflow runs on a machine, what it needs, and what could stand in for what does not fit.

    Args:
        document: the workflow (`load`, `parse`).
        machine: detected or simulated.
        knowledge: catalog and rules.
        policies: what it is for, and which end of the estimates must fit.
        folders: with models; what lies there is not downloaded.

    Raises:
        InputError: for a workflow that grows without end, or a folder that does not exist.
    """
    machine = with_installed(machine, folders, knowledge)
    return Checker(knowledge).check(document, machine, policies, folders=folders).report


def _names_in(folders: Sequence[Path]) -> dict[str, int]:
    """Names and bytes of the files of weights in folders."""
    walk = Walk()
    for folder in folders:
        walk.folder(folder.expanduser())
    return {found.place.rpartition("/")[2].casefold(): found.size for found in walk.files}


def _lacks(one: Judged) -> bool:
    """Something of it does not fit on the card."""
    return one.case is not None and one.case.verdict in ("impossible", "streamed")


def _everywhere(swaps: list[Swap], known: list[Loaded]) -> list[Swap]:
    """Replacements at every node that loads the file, each node once."""
    found: dict[tuple[str, str | None], Swap] = {}
    for swap in swaps:
        use = swap.given.use
        for one in known:
            same = one.use.base == use.base and one.use.loader == use.loader and one.use.idle is None
            if same and (one.use.node.key, one.use.widget) not in found:
                found[(one.use.node.key, one.use.widget)] = dataclasses.replace(swap, given=one)
    return list(found.values())


def _with_blocked(replacement: Replacement | None, blocked: dict[tuple[str, str], str]) -> Replacement | None:
    if replacement is None:
        return None
    files = tuple(f.model_copy(update={"blocked": blocked.get((f.file, f.by_file))}) for f in replacement.files)
    return replacement.model_copy(update={"files": files})


def _pipeline(one: Judged, proposal: Proposal, blocked: dict[tuple[str, str], str]) -> PipelineReport:
    assembly, case = one.assembly, one.case
    files = tuple(
        dict.fromkeys(
            (
                assembly.main.use.base,
                *(f.use.base for _, f in assembly.roles.values()),
                *(f.use.base for *_, f in assembly.addons),
            )
        )
    )
    if case is None:
        return PipelineReport(
            model=None, title=assembly.main.use.base, task=None, variants={}, size=dict(assembly.size),
            verdict="unknown", reason=one.reason, basis="nothing", files=files,
        )  # fmt: skip
    warnings = list(case.warnings)
    if one.likeness is not None:
        warnings.append(
            f"{assembly.main.use.base} is not in the catalog: counted by its size, working like {one.likeness}"
        )
    known = {loaded.known.by for _, loaded in assembly.roles.values()}
    basis = "file size" if one.likeness is not None else case.basis
    if "name" in known:
        basis += ", precision read from the name"
    return PipelineReport(
        model=assembly.model.id if assembly.model is not None else None,
        title=case.title,
        task=case.task,
        variants=case.variants,
        size=case.size,
        verdict=case.verdict,
        reason=case.reason,
        placement=case.placement,
        resident_share=case.resident_share,
        peak_vram=case.peak_vram,
        peak_ram=case.peak_ram,
        usable_vram=case.usable_vram,
        usable_ram=case.usable_ram,
        phase=case.phase,
        seconds=case.seconds,
        basis=basis,
        files=files,
        warnings=tuple(dict.fromkeys(warnings)),
        replacement=_with_blocked(proposal.replacement, blocked),
        no_replacement=proposal.why_none,
    )


def _assumptions(machine: Machine, judged: list[Judged]) -> tuple[Assumption, ...]:
    sized = [a for one in judged if one.case is not None for a in one.case.assumptions]
    return tuple(dict.fromkeys((*machine.assumptions, *sized)))
