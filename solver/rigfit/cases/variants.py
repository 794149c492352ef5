"""The variant of each component: the one that is named, or the usual choice.

The usual choice where a case says nothing:
- a language model takes the 4-bit file its program is mostly used with (Q4_K_M, MLX 4 bit, 4 bpw), else 16 bits;
- every other component takes the publisher's 16-bit weights, else 8 bits, else whatever there is;
- but text encoders above two billion parameters follow a main network of 8 bits or fewer down to 8 bits, in programs
  that load components from files of their own. Diffusers quantises only what it is told to.
Only variants that the runtime loads on the device are taken, unless there are none.
"""

from __future__ import annotations

from dataclasses import dataclass

from rigfit.candidates.device import Device
from rigfit.candidates.reasons import from_rule
from rigfit.cases import words
from rigfit.cases.models import find_roles, main_component
from rigfit.cases.precisions import known_spellings, meanings
from rigfit.errors import InputError, nearest
from rigfit.estimate.pipeline import Part, weigh
from rigfit.knowledge import Knowledge
from rigfit.knowledge.matching import conditions
from rigfit.schema.catalog import Component, Model, Precision, Runtime, Variant
from rigfit.schema.rules import MACHINE_FIELDS, Rule

_OF_LLMS = ("gguf_q4_k_m", "gguf_q4_k_s", "mlx_4bit", "exl2_4bpw", "exl3_4bpw", "mlc_q4f16_1")
_OF_EIGHT_BITS = ("fp8_e4m3fn_scaled", "fp8_e4m3fn", "gguf_q8_0", "int8_convrot")
_SIXTEEN = frozenset({"half", "gguf_16bit", "coreml_16bit"})
_LARGE_ENCODER = 2 * 10**9
_SMALL = 10**9
_EIGHT = 9000
"""Thousandths of a bit: what counts as 8 bits or fewer."""


@dataclass(frozen=True)
class Choice:
    """The parts of a pipeline, and what the rules say of them on one runtime and device."""

    parts: tuple[Part, ...]
    stated: frozenset[str]
    """Roles that the case named."""
    loads: bool
    """The runtime is known to load all of them there."""
    impossible: tuple[str, ...]
    """Why the hardware cannot do it, whatever the memory."""
    warnings: tuple[str, ...]
    time: int
    vram: int


class Chooser:
    """Chooses the variants of one model for one runtime and device."""

    def __init__(self, model: Model, runtime: Runtime, device: Device, knowledge: Knowledge) -> None:
        self.model, self.runtime, self.device, self.knowledge = model, runtime, device, knowledge
        components: dict[str, Component] = knowledge.index("components")
        self.roles = {role: components[name] for role, name in sorted(model.components.items())}
        self.main = main_component(model, components)
        self._precisions: dict[str, Precision] = knowledge.index("precisions")

    def choose(self, wanted: dict[str, str | None]) -> Choice:
        """The parts for what is named.

        Args:
            wanted: role or usual name -> spelling of a variant; None asks for the usual choice.

        Raises:
            InputError: for a part that the model does not have, or a spelling that means nothing.
        """
        named: dict[str, Variant | None] = {}
        for key, spelling in wanted.items():
            roles = find_roles(key, self.model, self.knowledge)
            if spelling is None:
                continue
            larger = [role for role in roles if not self._stays(self.roles[role], spelling)]
            for role in larger or roles:
                if role not in named or len(roles) == 1:  # the part's own name says more than its kind's
                    named[role] = self._named(role, spelling)
        missing = {role for role, variant in named.items() if variant is None}
        main_bits = self._main_bits(named)
        parts: list[Part] = []
        for role, component in self.roles.items():
            if role in missing:
                continue
            variant = named.get(role) or self._usual(component, main_bits)
            weights, derived = weigh(component, variant, self.knowledge, self.model, self.runtime.id)
            parts.append(Part(role, component, variant, weights, derived))
        if not parts:
            raise InputError(f"nothing of {self.model.title} is left to run")
        return self._judged(parts, frozenset(named))

    def _stays(self, component: Component, spelling: str) -> bool:
        """A word for several parts leaves small ones that have no such file as they are: nobody quantises CLIP."""
        small = component.kind != "denoiser" and (component.params is None or component.params.value < _SMALL)
        if not small or words.fold(spelling) in words.NOTHING:
            return False
        found = meanings(spelling, self.knowledge)
        return not any(variant.precision in found for variant in component.variants)

    def _named(self, role: str, spelling: str) -> Variant | None:
        """The variant that a spelling means for a component; None leaves the component out.

        Raises:
            InputError: when it means none.
        """
        component = self.roles[role]
        wanted = words.fold(spelling)
        if wanted in words.NOTHING:
            return None
        for variant in component.variants:
            if words.fold(variant.key) == wanted:
                return variant
        found = meanings(spelling, self.knowledge, self._container(component))
        for precision in found:
            for variant in component.variants:
                if variant.precision == precision:
                    return variant
        if not found:
            known = known_spellings(component, self.knowledge)
            close = nearest(spelling, known) or [v.key for v in component.variants][:6]
            text = f"unknown variant {spelling[:60]!r} of {component.title}; nearest: {', '.join(close)}"
            raise InputError(text, name=spelling, nearest=close)
        bits = self._precisions[found[0]].bits
        if component.params is None or bits is None:
            listed = ", ".join(v.key for v in component.variants[:6])
            raise InputError(
                f"{component.title} has no {found[0]} and no parameter count to derive its size from; it has: {listed}",
                name=spelling,
            )
        return Variant.model_construct(precision=found[0], only_runtimes=())

    def _container(self, component: Component) -> str | None:
        """The one kind of file that the runtime takes language models in, where there is one."""
        if component.kind != "llm":
            return None
        kinds = [self._precisions[v.precision] for v in component.variants if self._loads(v, component)]
        for precision in kinds:
            if precision.container in ("gguf", "mlx"):
                return str(precision.container)
            if precision.id.startswith(("exl2", "exl3")):
                return precision.id[:4]
        return None

    def _loads(self, variant: Variant, component: Component) -> bool:
        if variant.only_runtimes and self.runtime.id not in variant.only_runtimes:
            return False
        verdict = self.device.variant(variant, component, self.model, self.runtime)
        return verdict.admitted_by is not None and not verdict.forbidden_by

    def _main_bits(self, named: dict[str, Variant | None]) -> int:
        """Thousandths of a bit of the main network where the case names it; 16 bits where not."""
        for role, component in self.roles.items():
            variant = named.get(role)
            if component.id == self.main.id and variant is not None:
                bits = self._precisions[variant.precision].bits
                return bits.value if bits is not None else 16_000
        return 16_000

    def _usual(self, component: Component, main_bits: int) -> Variant:
        """What is taken where nothing is said; the rule stands at the head of this module."""
        pool = [v for v in component.variants if self._loads(v, component)] or list(component.variants)
        by_precision = {v.precision: v for v in reversed(pool)}
        if component.kind == "llm":
            usual = next((by_precision[p] for p in _OF_LLMS if p in by_precision), None)
            if usual is not None:
                return usual
        large = (
            component.kind == "text_encoder"
            and (component.params is not None)
            and component.params.value > _LARGE_ENCODER
        )
        eight = next((by_precision[p] for p in _OF_EIGHT_BITS if p in by_precision), None)
        if large and eight is not None and main_bits <= _EIGHT and self.runtime.id != "diffusers":
            return eight
        for variant in pool:
            if _SIXTEEN & set(self._precisions[variant.precision].tags):
                return variant
        if eight is not None:
            return eight
        return max(pool, key=lambda v: (weigh(component, v, self.knowledge)[0], v.key))

    def _judged(self, parts: list[Part], stated: frozenset[str]) -> Choice:
        """The parts with what the rules say of them."""
        loads, time, vram = True, 1000, 0
        impossible: list[str] = []
        warnings: list[str] = []
        for part in parts:
            verdict = self.device.variant(part.variant, part.component, self.model, self.runtime)
            names = self.device.names(part.name, self.model, self.runtime)
            for rule in verdict.forbidden_by:
                (impossible if _of_hardware(rule) else warnings).append(said(rule, names))
            if verdict.admitted_by is None and not verdict.forbidden_by and self.runtime.id in self.model.runtimes:
                warnings.append(f"{part.name}: {self.runtime.title} is not known to load {part.variant.precision} here")
            loads = loads and verdict.admitted_by is not None and not verdict.forbidden_by
            if part.component.kind not in ("text_encoder", "vision", "vae"):
                time = max(time, verdict.time)
                vram = max(vram, verdict.vram)
        return Choice(
            tuple(parts), stated, loads, tuple(dict.fromkeys(impossible)), tuple(dict.fromkeys(warnings)), time, vram
        )


def said(rule: Rule, names: dict[str, str]) -> str:
    """A rule's reason in words."""
    return from_rule(rule, names).text


def _of_hardware(rule: Rule) -> bool:
    """The rule forbids because of the machine itself, not because of what a program supports."""
    return any(name in MACHINE_FIELDS for name, _ in conditions(rule.when))
