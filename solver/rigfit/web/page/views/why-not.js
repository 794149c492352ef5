/** Why a model is not the answer, and what would make it so. */

import * as api from "../api.js";
import { useAsked } from "../asking.js";
import { points, time } from "../format.js";
import { applied, whole } from "../hints.js";
import { html } from "../html.js";
import { setAnswer, update } from "../store.js";
import * as words from "../words.js";
import { Combobox } from "./combobox.js";
import { setAmount } from "./machine.js";
import { Problem, Waiting } from "./parts.js";

const VERDICTS = {
  chosen: "In the answer",
  beaten: "Fits, but is beaten",
  too_large: "Too large",
  refused: "Not possible here",
};

export function WhyNot({ request, model, models, state }) {
  const tasks = new Set(request.tasks.map((task) => task.task));
  const entries = models
    .filter((one) => one.tasks.some((task) => tasks.has(task)))
    .map((one) => ({ value: one.id, label: one.title, search: `${one.title} ${one.id} ${one.family}`.toLowerCase() }));
  const key = model ? JSON.stringify([request, model]) : null;
  const { value, problem, fresh } = useAsked(key, (signal) => api.whyNot(request, model, signal), 150);
  return html`
    <${Combobox} id="why-not-model" label="A model" text=${model ? words.model(model) : ""} entries=${entries}
      placeholder=${`Search ${entries.length} models`} take=${(id) => update({ model: id })} />
    <div class="verdict" aria-live="polite" aria-busy=${Boolean(key) && !fresh && !problem}>
      ${key && problem && html`<${Problem} problem=${problem} />`}
      ${key && !fresh && !problem && html`<${Waiting} text="Asking …" />`}
      ${key && fresh && html`<${Found} found=${value} request=${request} state=${state} />`}
    </div>
  `;
}

function Found({ found, request, state }) {
  return html`
    ${found.judgements.map((one) => html`<${Judgement} key=${one.task} one=${one} />`)}
    <${Changes} found=${found} request=${request} state=${state} />
    ${found.notes.map((note) => html`<p class="note" key=${note}>${words.sentence(words.readable(note))}</p>`)}
  `;
}

function Judgement({ one }) {
  const regrets = one.regrets.filter((regret) => regret.cost);
  const reasons = [...new Map(one.reasons.map((reason) => [reason.rule, reason])).values()].slice(0, 4);
  return html`
    <article class="judgement" data-verdict=${one.verdict}>
      <p class="over">${words.taskTitle(one.task)} · ${VERDICTS[one.verdict]}</p>
      <p class="judgement-text">${words.sentence(words.readable(one.text))}</p>
      ${
        one.best &&
        html`
        <p class="soft">At best ${points(one.best.quality)} points${one.best.milliseconds === null ? "" : `, ${time(one.best.milliseconds)}`} with ${words.variants(one.best.variants)} in ${words.runtime(one.best.runtime)}, ${words.plain(one.best.placement)}.</p>`
      }
      ${
        regrets.length > 0 &&
        html`<ul class="plain-list">
        ${regrets.map(
          (regret) => html`<li key=${regret.criterion}>
          ${words.capital(words.readable(regret.text))}${regret.decides && html`<span class="tag">decides</span>`}
          </li>`,
        )}
      </ul>`
      }
      ${
        reasons.length > 0 &&
        html`<ul class="plain-list soft">
        ${reasons.map(
          (reason) => html`<li key=${reason.rule}>
          ${reason.text === one.text ? "Rule" : words.sentence(words.readable(reason.text))} <code>${reason.rule}</code>
          </li>`,
        )}
      </ul>`
      }
    </article>
  `;
}

const EFFECTS = [
  ["best", "What would make it the best"],
  ["possible", "What would make it fit"],
];

function Changes({ found, request, state }) {
  if (found.judgements.every((one) => one.rank === 1)) return null;
  return html`
    ${
      !found.changes.some((one) => one.effect === "best") &&
      html`
      <p class="soft">No one wish, policy or amount of memory that could be changed would make it the best.</p>`
    }
    ${EFFECTS.map(([effect, title]) => {
      const changes = found.changes.filter((one) => one.effect === effect).slice(0, 5);
      return (
        changes.length > 0 &&
        html`
        <h3>${title}</h3>
        <ul class="ways">
          ${changes.map((change) => {
            const press = pressed(change, found.machine, request, state);
            return html`<li key=${change.text}><button type="button" class="way" disabled=${!press} onClick=${press}>
              <span class="way-title">${words.capital(words.readable(change.text))}</span></button></li>`;
          })}
        </ul>`
      );
    })}
  `;
}

/** What pressing a change does; null where it is nothing one can press. */
function pressed(change, machine, request, state) {
  if (change.prefer) return () => setAnswer("preference", change.prefer);
  if (change.resource === "vram") return () => setAmount("vram", whole(change.needs), machine, state.machine);
  if (change.resource === "ram" || change.resource === "memory")
    return () => setAmount("ram", whole(change.needs), machine, state.machine);
  if (change.resource === "disk") return () => setAmount("disk", change.needs, machine, state.machine);
  const changes = change.hints.length > 0 && applied(state, request, change.hints);
  return changes ? () => update(changes) : null;
}
