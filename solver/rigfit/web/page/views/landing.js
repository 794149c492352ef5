/** The first page: what to make, as cards, each with what this machine would do it with. */

import * as api from "../api.js";
import { useAsked } from "../asking.js";
import { html } from "../html.js";
import { machineAnswers } from "../state.js";
import { setAnswer, update } from "../store.js";
import { Icon } from "./icon.js";
import { Problem } from "./parts.js";

const OWN = "own";

/**
 * @param {object} goal  the flow's question about what to make
 * @param {object} state
 * @param {object} vocabulary
 */
export function Landing({ goal, state, vocabulary }) {
  const answers = { ...state.answers, ...machineAnswers(state.machine) };
  const tried = useAsked(JSON.stringify(answers), (signal) => api.flow(answers, goal.id, signal), 60);
  const solved = tried.value?.questions.find((one) => one.id === goal.id)?.options ?? [];
  const outcome = (value) => solved.find((one) => one.value === value)?.outcome;
  return html`
    <section class="presets" aria-labelledby="make-title" aria-busy=${!tried.fresh}>
      <h2 id="make-title">${goal.question}</h2>
      ${tried.problem && html`<${Problem} problem=${tried.problem} />`}
      <ul class="preset-grid">
        ${goal.options
          .filter((one) => one.value !== OWN)
          .map(
            (one) => html`
          <li key=${one.value}>
            <button type="button" class="preset" id=${`goal-${one.value}`} onClick=${() => setAnswer(goal.id, one.value)}>
              <${Icon} name=${one.value} />
              <span class="preset-title">${one.label}</span>
              <span class="preset-text">${one.description}</span>
              <${Outcome} found=${outcome(one.value)} />
            </button>
          </li>
        `,
          )}
        <li><${Own} option=${goal.options.find((one) => one.value === OWN)} vocabulary=${vocabulary} state=${state} /></li>
      </ul>
    </section>
  `;
}

/** A job of one's own in place of a preset. */
const Own = ({ option, vocabulary, state }) => html`
  <div class="preset own">
    <${Icon} name=${OWN} />
    <span class="preset-title">${option.label}</span>
    <span class="preset-text">${option.description}</span>
    <label class="visually-hidden" for="own-job">The first job</label>
    <select id="own-job" value="" onChange=${(event) => event.target.value && update({ answers: { ...state.answers, goal: OWN, jobs: [event.target.value] }, tasks: null })}>
      <option value="">Choose a job …</option>
      ${vocabulary.tasks.map((task) => html`<option key=${task.id} value=${task.id}>${task.title}</option>`)}
    </select>
  </div>
`;

function Outcome({ found }) {
  if (!found)
    return html`<span class="preset-verdict pending"><span class="ghost" aria-hidden="true"></span>
    <span class="visually-hidden">finding out</span></span>`;
  return html`<span class=${`preset-verdict ${found.runs ? "" : "no"}`}>
    ${found.text.slice(0, 1).toUpperCase() + found.text.slice(1)}</span>`;
}
