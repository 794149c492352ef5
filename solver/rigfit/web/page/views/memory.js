/** What a task holds in each phase, against the card: weights, working memory, and how far the estimate may be off. */

import { html } from "../html.js";
import * as words from "../words.js";
import { Figure } from "./figure.js";

const percent = (part, whole) => `${Math.min(100, (100 * part) / whole)}%`;

/**
 * @param {object} task   a task of a bundle
 * @param {object} answer its machine and `usable`
 * @param {string} path   where the task stands in the answer
 */
export function Memory({ task, answer, path }) {
  if (task.cloud) return null;
  const ram = task.limits.findIndex((limit) => limit.resource === "ram");
  const card = task.gpu === null ? null : answer.machine.gpus[task.gpu];
  return html`
    <div class="memory">
      ${card && html`<${Card} ...${{ task, answer, path, card }} />`}
      ${
        ram >= 0 &&
        html`
        <div class="memory-group">
          <p class="memory-head">
            <span>RAM</span>
            <span class="soft"><${Figure} value=${answer.usable.ram} unit="memory" path="usable.ram" /> for models</span>
          </p>
          <ul class="bars">
            <${Bar}
              name=${card ? "Peak" : "Run"}
              peak=${!card}
              total=${answer.machine.ram}
              usable=${answer.usable.ram}
              used=${task.limits[ram].used}
              path=${`${path}.limits.${ram}.used`}
            />
          </ul>
        </div>
      `
      }
    </div>
  `;
}

function Card({ task, answer, path, card }) {
  const usable = answer.usable[`vram.${task.gpu}`];
  return html`
    <div class="memory-group">
      <p class="memory-head">
        <span>${card.unified ? "Memory" : "VRAM"}${answer.machine.gpus.length > 1 ? ` of ${card.name}` : ""}</span>
        <span class="soft"
          ><${Figure} value=${usable} unit="memory" path=${`usable.vram.${task.gpu}`} /> of
          ${" "}<${Figure} value=${card.vram} unit="memory" path=${`machine.gpus.${task.gpu}.vram`} /> for models</span
        >
      </p>
      <ul class="bars">
        ${task.phases.map(
          (phase, number) => html`
            <${Bar}
              key=${phase.name}
              name=${words.PHASES[phase.name] ?? words.capital(words.plain(phase.name))}
              peak=${phase.name === task.peak_phase}
              total=${card.vram}
              usable=${usable}
              used=${phase.vram.high}
              expected=${phase.vram.expected}
              weights=${phase.weights}
              path=${`${path}.phases.${number}.vram.high`}
              weightsPath=${`${path}.phases.${number}.weights`}
            />
          `,
        )}
      </ul>
    </div>
  `;
}

/** One bar: to `weights` full, to `expected` lighter, to `used` faint; what the system keeps is hatched at the end. */
function Bar({ name, peak, total, usable, used, expected = used, weights = 0, path, weightsPath }) {
  return html`
    <li class=${`bar-row ${peak ? "peak" : ""}`}>
      <span class="bar-name">${name}${peak && html`<span class="visually-hidden"> (the peak)</span>`}</span>
      <span class="bar" aria-hidden="true">
        <span class="bar-kept" style=${{ left: percent(usable, total) }}></span>
        <span class="bar-fill maybe" style=${{ width: percent(used, total) }}></span>
        <span class="bar-fill working" style=${{ width: percent(expected, total) }}></span>
        <span class="bar-fill weights" style=${{ width: percent(Math.min(weights, expected), total) }}></span>
      </span>
      <span class="bar-value">
        <${Figure} value=${used} unit="memory" path=${path} />
        ${
          weightsPath &&
          html`<span class="visually-hidden">
          at most, <${Figure} value=${weights} unit="memory" path=${weightsPath} /> of it weights</span
        >`
        }
      </span>
    </li>
  `;
}

/** What the shades mean; once on a page. */
export const MemoryKey = () => html`
  <p class="key" aria-hidden="true">
    <span class="swatch weights"></span>weights <span class="swatch working"></span>working memory
    <span class="swatch maybe"></span>may be needed <span class="swatch kept"></span>kept for the system
  </p>
`;
