/** Here or at a service: one result, a month of them, and when hardware has paid for itself. */

import * as api from "../api.js";
import { useAsked } from "../asking.js";
import { count, usd } from "../format.js";
import { html, useState } from "../html.js";
import * as words from "../words.js";
import { Span } from "./figure.js";
import { More, Problem, Switch, Waiting } from "./parts.js";

const CHEAPER = { local: "this machine", cloud: "a service", depends: "it depends", unknown: "unknown" };
const MATCHES = {
  same_model: "the same model",
  as_good: "a model as good",
  nearest: "the nearest there is",
  unknown: "",
};

export function Cost({ request }) {
  const [owned, own] = useState(true);
  const asked = { owned };
  const key = JSON.stringify([request, asked]);
  const { value, problem, fresh } = useAsked(key, (signal) => api.cost(request, asked, signal), 150);
  return html`
    <${Switch} id="owned" label="I have the hardware already" note="Only electricity counts then." on=${owned} set=${own} />
    ${problem && html`<${Problem} problem=${problem} />`}
    ${!value && !problem && html`<${Waiting} text="Reckoning …" />`}
    ${value && html`<div aria-busy=${!fresh}><${Report} report=${value} /></div>`}
  `;
}

function Report({ report }) {
  return html`
    ${report.tasks.map((task, number) => html`<${TaskCost} key=${number} task=${task} path=${`tasks.${number}`} />`)}
    <${PaysOff} report=${report} />
    ${report.volumes.length > 0 && html`<${Volumes} report=${report} />`}
    ${report.notes.map((note) => html`<p class="note" key=${note}>${words.sentence(words.readable(note))}</p>`)}
    <${More} title="Every number that goes in">
      <ul class="plain-list soft">
        ${report.inputs.map(
          (one, number) => html`<li key=${number}>
          ${words.capital(words.plain(one.name))}${one.of ? ` of ${one.of}` : ""}: ${input(one)} <code>
          ${one.source}${one.date ? `, ${one.date}` : ""}</code></li>`,
        )}
      </ul>
    <//>
  `;
}

const input = ({ value, unit }) =>
  unit.startsWith("micro-USD") ? usd(value) + unit.slice(9).replace("/", " a ") : `${count(value)} ${unit}`;

function TaskCost({ task, path }) {
  return html`
    <div class="cost-task">
      <h3>${words.taskTitle(task.task)}</h3>
      <dl class="facts">
        <div>
          <dt>Here</dt>
          <dd>
            ${task.title ?? "nothing fits"}
            ${
              task.electricity &&
              html`<span class="soft">
              ${" · "}<${Span} of=${task.electricity} unit="usd" path=${`cost.${path}.electricity`} /> of electricity ${words.an(task.unit)}
              </span>`
            }
          </dd>
        </div>
        ${
          task.against &&
          html`<div>
          <dt>Elsewhere</dt>
          <dd>
            ${task.against.of ? `${task.against.of}, ` : ""}${task.against.title}
            <span class="soft">
              ${" · "}<${Span} of=${task.against.price} unit="usd" path=${`cost.${path}.against.price`} /> ${words.an(task.unit)}${MATCHES[task.match] ? ` · ${MATCHES[task.match]}` : ""}
              </span>
          </dd>
        </div>`
        }
      </dl>
      ${
        task.offers.length > 1 &&
        html`<${More} title=${`All ${task.offers.length} prices known`}>
        <ul class="plain-list">
          ${task.offers.map(
            (offer, number) => html`<li key=${number}>
            <${Span} of=${offer.price} unit="usd" path=${`cost.${path}.offers.${number}.price`} /> <span class="soft">
            ${offer.of ? `${offer.of}, ` : ""}${offer.title} · ${offer.source}${offer.date ? `, ${offer.date}` : ""}
            </span></li>`,
          )}
        </ul>
      <//>`
      }
    </div>
  `;
}

function PaysOff({ report }) {
  if (report.hardware === 0) return html`<p>The hardware is there: only electricity counts.</p>`;
  if (report.hardware === null || !report.break_even) return null;
  const [low, high] = report.break_even.results;
  if (low === null)
    return html`
    <p>Hardware of ${usd(report.hardware)} never pays for itself: a result costs no more elsewhere.</p>`;
  const span = low === high ? count(low) : `${count(low)} to ${high === null ? "never" : count(high)}`;
  return html`<p>Hardware of ${usd(report.hardware)} has paid for itself after ${span} results.</p>`;
}

const money = (of) => (of ? (usd(of.low) === usd(of.high) ? usd(of.low) : `${usd(of.low)} to ${usd(of.high)}`) : "–");

const Volumes = ({ report }) => html`
  <div class="wide-table" tabindex="0" role="region" aria-label="Costs a month">
    <table>
      <thead><tr><th scope="col">A month</th><th scope="col" class="number">Results</th>
        <th scope="col" class="number">Here</th><th scope="col" class="number">Service</th><th scope="col">Cheaper</th>
        </tr></thead>
      <tbody>
        ${report.volumes.map(
          (one) => html`<tr key=${one.id}>
          <th scope="row">${one.title}</th>
          <td class="number">${count(one.per_month)}</td>
          <td class="number">${money(one.local)}</td>
          <td class="number">${money(one.cloud)}</td>
          <td>${one.feasible ? CHEAPER[one.cheaper] : "more than a day's work here"}</td>
        </tr>`,
        )}
      </tbody>
    </table>
  </div>
`;
