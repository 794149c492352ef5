/** The page: reads what the server knows, then shows the first page or the answer, whichever the address says. */

import * as api from "./api.js";
import { useAnswer, useAsked } from "./asking.js";
import { html, render, useEffect, useMemo, useRef, useState } from "./html.js";
import { isAsked, machineAnswers, requestOf } from "./state.js";
import { startOver, update, useStore } from "./store.js";
import { Assumptions } from "./views/about-answer.js";
import { Advanced } from "./views/advanced.js";
import { AnswerView, summary } from "./views/answer.js";
import { Cost } from "./views/cost.js";
import { Landing } from "./views/landing.js";
import { MachineCard, machineLine, ranges, setAmount } from "./views/machine.js";
import { Problem, Section, Waiting } from "./views/parts.js";
import { Theme } from "./views/theme.js";
import { WhatIf } from "./views/whatif.js";
import { WhyNot } from "./views/why-not.js";
import { Preferences, Tasks } from "./views/wishes.js";
import { Workflow } from "./views/workflow.js";
import { learn } from "./words.js";

const PLACED = new Set(["machine", "goal"]); // questions that have a card of their own
const AGAIN = 2000; // milliseconds until a server that did not answer is asked again

/** What the server knows and does not change: words, cards, presets, questions. Asked for until it is there. */
function useKnown() {
  const [state, set] = useState({ known: null, problem: null });
  useEffect(() => {
    let timer;
    async function load() {
      try {
        const [vocabulary, gpus] = await Promise.all([api.vocabulary(), api.gpus()]);
        learn(vocabulary);
        set({ known: { vocabulary, gpus: gpus.gpus }, problem: null });
      } catch (problem) {
        set({ known: null, problem });
        timer = setTimeout(load, AGAIN);
      }
    }
    load();
    return () => clearTimeout(timer);
  }, []);
  return state;
}

/** The what-if along one amount of the machine; it does not depend on how much of it there is. */
function useBreaks(resource, request, machine, span, ready) {
  const own = machine?.gpus.length === 1 && !machine.gpus[0].unified;
  const offered = Boolean(request && machine) && (resource === "ram" || own);
  const { [resource]: _, ...rest } = request?.machine ?? {};
  const key = offered && ready ? JSON.stringify([resource, { ...request, machine: rest }]) : null;
  const amount = request?.machine?.[resource] ?? (resource === "vram" ? machine?.gpus[0]?.vram : machine?.ram);
  const low = Math.min(span?.[0] ?? 0, amount ?? 0);
  const high = Math.max(span?.[1] ?? 0, amount ?? 0);
  const asked = useAsked(key, (signal) => api.whatif(request, [{ resource, low, high }], signal), 100);
  // What was asked about one amount holds for all; only where this machine stands is other.
  const value = useMemo(
    () => asked.value && { ...asked.value, varied: [{ ...asked.value.varied[0], has: amount }] },
    [asked.value, amount],
  );
  return { ...asked, value: offered ? value : null, offered };
}

function App() {
  const { known, problem } = useKnown();
  if (!known) {
    return html`<main class="first" id="main">${
      problem
        ? html`<${Problem} problem=${problem} />`
        : html`
      <${Waiting} text="Looking at this computer …" />`
    }</main>`;
  }
  return html`<${Page} ...${known} />`;
}

/** The questions as they stand after the answers; while they are asked anew, as they stood before. */
function useFlow(state) {
  const answers = { ...state.answers, ...machineAnswers(state.machine) };
  return useAsked(JSON.stringify(answers), (signal) => api.flow(answers, null, signal));
}

function Page({ vocabulary, gpus }) {
  const state = useStore();
  const asked = isAsked(state);
  const flow = useFlow(state);
  const request = useMemo(() => requestOf(state, flow.value), [state, flow.value]);
  const answered = useAnswer(request);
  // Until the questions have followed what was just chosen, the answer is to what was chosen before.
  const answer = flow.fresh
    ? answered
    : { ...answered, full: null, busy: true, problem: flow.problem ?? answered.problem };
  const machine = (request && answer.quick?.machine) || flow.value?.machine;
  const question = (id) => flow.value?.questions.find((one) => one.id === id);
  const span = useMemo(() => ranges(gpus), [gpus]);
  const breaks = {
    vram: useBreaks("vram", request, machine, span.vram, answer.full !== null),
    ram: useBreaks("ram", request, machine, span.ram, answer.full !== null),
  };
  const shown = request ? summary(answer.quick) : "";
  const inView = useInView("answer-title", shown);
  useTitle(shown);
  useArrival(asked);
  const card =
    machine &&
    html`
    <${MachineCard} machine=${machine} stated=${state.machine} gpus=${gpus} title=${asked ? "Machine" : "Your machine"} breaks=${asked ? { vram: breaks.vram.value, ram: breaks.ram.value } : {}} />`;
  const open = (name) => state.open.includes(name);
  return html`
    <${Header} away=${asked} />
    <p class="visually-hidden" role="status" aria-live="polite" id="live">${answer.full ? `The answer: ${shown}` : ""}</p>
    ${
      !asked
        ? html`
          <main id="main" class="first" tabindex="-1">
            <div class="hero">
              <h1>Which models really run on your machine, and which are best?</h1>
              ${
                machine &&
                html`<p class="hero-machine">
                ${machineLine(machine)} <button type="button" class="quiet change" onClick=${() => document.getElementById("gpu")?.focus()}>Change</button>
                </p>`
              }
            </div>
            <div class="start">
              ${
                flow.value
                  ? html`<${Landing} goal=${question("goal")} ...${{ vocabulary, state }} />`
                  : html`
                <${Waiting} text="Looking at this computer …" />`
              }
              <div class="first-machine">${card}${flow.problem && html`<${Problem} problem=${flow.problem} />`}</div>
            </div>
          </main>
        `
        : html`
          <div class="layout">
            <aside class="rail" aria-label="Machine and wishes">
              ${card || (!flow.problem && html`<div class="card ghost-card" aria-hidden="true"></div>`)}
              ${
                request &&
                html`
                <${Tasks} ...${{ request, state, vocabulary }} goal=${question("goal")} />
                <${Preferences} questions=${flow.value.questions.filter((one) => !PLACED.has(one.id))} />
                <${Advanced} ...${{ request, vocabulary }} quick=${answer.quick} />
              `
              }
            </aside>
            <main id="main" tabindex="-1">
              <h1 class="visually-hidden">The answer</h1>
              ${
                flow.problem?.kind === "input"
                  ? html`<${Trouble} problem=${flow.problem} />`
                  : html`<${AnswerView} ...${answer} request=${request} state=${state} />`
              }
              ${
                request &&
                answer.quick &&
                html`
                <${Section} name="what-if" title="If the machine were different" lead="every amount at which the answer changes" open=${open("what-if")}>
                  <${WhatIf} asked=${breaks} set=${(name, bytes) => setAmount(name, bytes, machine, state.machine)} />
                <//>
                <${Section} name="why-not" title="Why not another model?" lead="what keeps it out, and what would bring it in" open=${open("why-not")}>
                  <${WhyNot} ...${{ request, state, model: state.model, models: vocabulary.models }} />
                <//>
                <${Section} name="cost" title="Here or in the cloud?" lead="electricity and hardware against services" open=${open("cost")}>
                  <${Cost} request=${request} />
                <//>
                <${Section} name="workflow" title="Check a workflow" lead="does this ComfyUI file run here" open=${open("workflow")}>
                  <${Workflow} request=${request} />
                <//>
              `
              }
              <${Assumptions} full=${answer.full} />
            </main>
          </div>
          ${
            shown &&
            !inView &&
            html`
            <a class="live-bar" href="#answer-title" aria-hidden="true" tabindex="-1" onClick=${jump}>${shown}</a>`
          }
        `
    }
  `;
}

function jump(event) {
  event.preventDefault();
  document.getElementById("answer-title")?.scrollIntoView();
}

/** Something in the address that cannot be: what, and a way out. */
const Trouble = ({ problem }) => html`
  <section class="card answer trouble">
    <h2 id="answer-title" tabindex="-1">This cannot be asked</h2>
    <${Problem} problem=${problem} />
    <div class="download">
      <button type="button" onClick=${() => update({ machine: {} })}>Back to this computer</button>
      <button type="button" onClick=${startOver}>Start over</button>
    </div>
  </section>
`;

const Header = ({ away }) => html`
  <header class="top">
    <a class="wordmark" href="#" aria-label="rigfit, first page" onClick=${(event) => {
      event.preventDefault();
      startOver();
    }}>rigfit</a>
    <nav aria-label="Page">${
      away &&
      html`
      <button type="button" class="quiet" onClick=${startOver}>Start over</button>`
    }<${Theme} /></nav>
  </header>
`;

/** Whether the heading of the answer is on the screen: where it is, nothing has to stand in for it. */
function useInView(id, shown) {
  const [inView, set] = useState(false);
  useEffect(() => {
    const heading = document.getElementById(id);
    if (!heading) return undefined;
    const watcher = new IntersectionObserver(([entry]) => set(entry.isIntersecting));
    watcher.observe(heading);
    return () => watcher.disconnect();
  }, [id, shown]);
  return inView;
}

function useTitle(shown) {
  useEffect(() => {
    document.title = shown ? `${shown} · rigfit` : "rigfit: what runs on your machine";
  }, [shown]);
}

/** From the first page to the answer and back: the focus goes where reading goes on. */
function useArrival(answered) {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else {
      document.getElementById("main")?.focus({ preventScroll: true });
      scrollTo({ top: 0 });
    }
  }, [answered]);
}

// The address holds the state: the link past the header moves the focus without writing there.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main")?.focus();
});
render(html`<${App} />`, document.getElementById("app"));
