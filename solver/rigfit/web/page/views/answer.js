/** The answer: the best bundle first, then the others, then what one step up would take and what was left out. */

import { time } from "../format.js";
import { html } from "../html.js";
import { setOpen } from "../store.js";
import * as words from "../words.js";
import { Bundle, Names, names, Totals } from "./bundle.js";
import { Download } from "./download.js";
import { Figure } from "./figure.js";
import { MemoryKey } from "./memory.js";
import { More, Problem, Waiting } from "./parts.js";
import { Nothing } from "./nothing.js";

/** The answer in one sentence, for the live region, the title and the bar of a narrow screen. */
export function summary(answer) {
  const best = answer?.bundles[0];
  if (!answer) return "";
  if (!best) return answer.status === "undecided" ? "Not decided" : "Nothing fits";
  const known = best.tasks.filter((task) => task.milliseconds);
  const most = known.length ? ` · up to ${time(Math.max(...known.map((task) => task.milliseconds.high)))}` : "";
  const main = best.tasks[0];
  return `${names(best)} · ${words.PLACEMENTS[main.verdict]}${most}`;
}

export function AnswerView({ quick, full, problem, busy, request, state }) {
  if (problem?.kind === "input")
    return html`<div class="card answer">
    <h2 tabindex="-1" id="answer-title">This cannot be asked</h2><${Problem} problem=${problem} /></div>`;
  if (!quick)
    return problem
      ? html`<div class="card answer"><${Problem} problem=${problem} /></div>`
      : html`
    <${Skeleton} />`;
  const best = quick.bundles[0];
  if (!best) return html`<div class="card answer"><${Nothing} ...${{ answer: quick, full, request, state }} /></div>`;
  return html`
    <section class="card answer" aria-labelledby="answer-title" aria-busy=${busy}>
      ${problem && html`<${Problem} problem=${problem} />`}
      <header class="answer-head">
        <p class="over">${full ? words.capital(full.explanation.summary) : "Best of all that fit"}</p>
        <h2 id="answer-title" tabindex="-1" data-answer><${Names} bundle=${best} /></h2>
        <div class="take">
          <${Totals} bundle=${best} path="bundles.0" />
          <${Download} request=${request} />
        </div>
      </header>
      <${Bundle} bundle=${best} answer=${quick} place=${0} />
      ${best.tasks.some((task) => !task.cloud) && html`<${MemoryKey} />`}
    </section>
    <${NextSteps} full=${full} />
    <${Others} answer=${quick} />
    <${LeftOut} full=${full} />
  `;
}

function NextSteps({ full }) {
  const steps = full?.explanation.next_steps ?? [];
  const changes = full?.explanation.would_change ?? [];
  if (!steps.length && !changes.length) return null;
  return html`
    <section class="card step-up" aria-labelledby="step-up-title">
      <h2 id="step-up-title">One step up</h2>
      <ul class="plain-list">
        ${[...steps, ...changes].map((step) => html`<li key=${step.text}>${words.sentence(words.readable(step.text))}</li>`)}
      </ul>
    </section>
  `;
}

/** The next best bundles, folded to a line each. */
function Others({ answer }) {
  const others = answer.bundles.slice(1);
  if (!others.length) return null;
  return html`
    <section class="card others" aria-labelledby="others-title">
      <h2 id="others-title">Also good</h2>
      ${others.map((bundle, number) => {
        const path = `bundles.${number + 1}`;
        const main = bundle.tasks[0];
        return html`
          <details class="other" key=${names(bundle)}>
            <summary>
              <span class="other-name">${names(bundle)}</span>
              <span class="other-facts">
                <span><${Figure} value=${main.quality} unit="points" path=${`${path}.tasks.0.quality`} /> points</span>
                ${
                  main.milliseconds &&
                  html`
                  <span>up to <${Figure} value=${main.milliseconds.high} unit="time" path=${`${path}.tasks.0.milliseconds.high`} />
                  </span>`
                }
                <span><${Figure} value=${bundle.storage.download} unit="file" path=${`${path}.storage.download`} /></span>
              </span>
            </summary>
            <${Totals} bundle=${bundle} path=${path} />
            <${Bundle} bundle=${bundle} answer=${answer} place=${number + 1} />
          </details>
        `;
      })}
    </section>
  `;
}

function LeftOut({ full }) {
  const left = full?.explanation.left_out ?? [];
  if (!left.length) return null;
  return html`
    <section class="card left-out" aria-labelledby="left-out-title">
      <h2 id="left-out-title">Left out</h2>
      <ul class="plain-list">
        ${left.slice(0, 4).map((one) => html`<${Out} key=${one.task + one.model} one=${one} />`)}
      </ul>
      ${
        left.length > 4 &&
        html`<${More} title=${`${left.length - 4} more`}>
        <ul class="plain-list">${left.slice(4).map((one) => html`<${Out} key=${one.task + one.model} one=${one} />`)}</ul>
      <//>`
      }
    </section>
  `;
}

const Out = ({ one }) => html`
  <li class="out">
    <span>${words.sentence(words.readable(one.reason.text))}</span>
    <button type="button" class="quiet" onClick=${() => setOpen("why-not", true, { model: one.model })}>
      Why not?<span class="visually-hidden"> ${one.title}</span>
    </button>
  </li>
`;

/** The shape of an answer, while the first is on its way. */
const Skeleton = () => html`
  <section class="card answer skeleton" aria-busy="true">
    <${Waiting} text="Finding the best that fits …" />
    <span class="ghost title" aria-hidden="true"></span>
    <span class="ghost" aria-hidden="true"></span>
    <span class="ghost short" aria-hidden="true"></span>
    <span class="ghost block" aria-hidden="true"></span>
  </section>
`;
