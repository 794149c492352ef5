/** What is wanted: tasks with their features, and the questions of the flow that stand beside them. */

import { html } from "../html.js";
import { setAnswer, update } from "../store.js";
import * as words from "../words.js";
import { Combobox } from "./combobox.js";
import { Fold } from "./parts.js";
import { chosen, chosenLabel, Question, Questions } from "./questions.js";

/** Put a task in place of one of the request's. */
function change(request, number, changes) {
  update({ tasks: request.tasks.map((task, place) => (place === number ? { ...task, ...changes } : task)) });
}

/** @param {object} goal  the flow's question about what to make */
export function Tasks({ request, state, goal, vocabulary }) {
  const taken = new Set(request.tasks.map((task) => task.task));
  const others = vocabulary.tasks.filter((task) => !taken.has(task.id));
  const lead = request.tasks.map((task) => words.taskTitle(task.task)).join(", ");
  return html`
    <${Fold} id="wishes" title="To make" lead=${lead}>
      <div class="field">
        <label class="field-label" for="goal">${goal.question}</label>
        <select id="goal" value=${chosen(goal)} onChange=${(event) => setAnswer("goal", event.target.value)}>
          ${goal.options.map((one) => html`<option key=${one.value} value=${one.value}>${one.label}</option>`)}
        </select>
      </div>
      ${!state.tasks && goal.details.map((detail) => html`<${Question} key=${detail.id} one=${detail} />`)}
      <ul class="task-list">
        ${request.tasks.map((task, number) => html`<${Wish} key=${number} ...${{ task, number, request, vocabulary }} />`)}
      </ul>
      <div class="field">
        <label for="add-task" class="visually-hidden">Add a job</label>
        <select id="add-task" value="" onChange=${(event) => {
          if (event.target.value) update({ tasks: [...request.tasks, { task: event.target.value }] });
        }}>
          <option value="">Add a job …</option>
          ${others.map((task) => html`<option key=${task.id} value=${task.id}>${task.title}</option>`)}
        </select>
      </div>
      ${
        state.tasks &&
        html`
        <button type="button" class="quiet" onClick=${() => update({ tasks: null })}>Undo what I changed here</button>`
      }
    <//>
  `;
}

/** One task: its features as words that can be taken away, and a field to add more. */
function Wish({ task, number, request, vocabulary }) {
  const needed = task.features ?? [];
  const wished = task.wishes ?? [];
  const entries = vocabulary.features
    .filter((one) => one.tasks.includes(task.task))
    .flatMap((one) => [one.id, ...one.qualifiers.map((qualifier) => `${one.id}:${qualifier}`)])
    .filter((id) => !needed.includes(id) && !wished.includes(id))
    .map((id) => ({
      value: id,
      label: words.capital(words.feature(id)),
      search: `${words.feature(id)} ${id}`.toLowerCase(),
    }));
  const drop = (list, name) => change(request, number, { [list]: (task[list] ?? []).filter((one) => one !== name) });
  return html`
    <li class="wish">
      <div class="wish-head">
        <h3>${words.taskTitle(task.task)}</h3>
        ${
          request.tasks.length > 1 &&
          html`
          <button type="button" class="quiet" onClick=${() => update({ tasks: request.tasks.filter((_, place) => place !== number) })}>Remove<span class="visually-hidden"> ${words.taskTitle(task.task)}
          </span></button>`
        }
      </div>
      ${
        needed.length + wished.length > 0 &&
        html`<ul class="chips">
        ${needed.map(
          (name) => html`
          <${Chip} key=${name} name=${name} kind="needed" drop=${() => drop("features", name)} turn=${() => change(request, number, { features: needed.filter((one) => one !== name), wishes: [...wished, name] })} />`,
        )}
        ${wished.map(
          (name) => html`
          <${Chip} key=${name} name=${name} kind="wished" drop=${() => drop("wishes", name)} turn=${() => change(request, number, { wishes: wished.filter((one) => one !== name), features: [...needed, name] })} />`,
        )}
      </ul>`
      }
      ${
        entries.length > 0 &&
        html`
        <${Combobox} id=${`feature-${number}`} label=${`A feature ${words.taskTitle(task.task).toLowerCase()} must have`} hidden text="" placeholder="Add a feature …" entries=${entries} take=${(id) => change(request, number, { features: [...needed, id] })} />`
      }
    </li>
  `;
}

/** A feature: pressed it turns from a need into a wish and back, the cross takes it away. */
const Chip = ({ name, kind, drop, turn }) => html`
  <li class=${`chip ${kind}`}>
    <button type="button" class="chip-name" onClick=${turn} title=${kind === "needed" ? "Must work. Press to make it a wish." : "Would be nice. Press to make it a must."}>
      ${words.feature(name)}<span class="visually-hidden">, ${kind === "needed" ? "must work; make it a wish" : "a wish; make it a must"}
        </span>
    </button>
    <button type="button" class="chip-drop" onClick=${drop} aria-label=${`Do without ${words.feature(name)}`}>×</button>
  </li>
`;

export const Preferences = ({ questions }) => html`
  <${Fold} id="preferences" title="Preferences" lead=${questions.map(chosenLabel).join(" · ")}>
    <${Questions} questions=${questions} />
  <//>
`;
