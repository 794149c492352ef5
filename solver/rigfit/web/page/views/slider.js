/** A memory slider with every amount at which the answer changes beneath it. */

import { memoryExact, memoryShort } from "../format.js";
import { html, useMemo } from "../html.js";
import { nearest, position, stops } from "../scale.js";

const percent = (share) => `${(100 * share).toFixed(3)}%`;

/**
 * @param {string} id
 * @param {string} label      "VRAM"
 * @param {number} low        bytes
 * @param {number} high
 * @param {number} value
 * @param {object|null|undefined} breaks  a what-if along this amount; null while it is found out, absent: not asked
 * @param {(bytes: number, passing: boolean) => void} set  `passing` while it is dragged
 */
export function Slider({ id, label, low, high, value, breaks, set, children }) {
  const all = useMemo(() => stops(low, high), [low, high]);
  const place = nearest(all, value);
  const moved = (passing) => (event) => set(all[Number(event.target.value)], passing);
  return html`
    <div class="slider">
      <div class="slider-head">
        <label for=${id}>${label}</label>
        <output for=${id} class="slider-value">${memoryShort(value)}${children}</output>
      </div>
      <input
        id=${id}
        type="range"
        min="0"
        max=${all.length - 1}
        step="1"
        value=${place}
        style=${{ "--at": percent(place / (all.length - 1)) }}
        aria-valuetext=${memoryShort(value)}
        onInput=${moved(true)}
        onChange=${moved(false)}
      />
      ${breaks !== undefined && html`<${Breaks} all=${all} value=${value} breaks=${breaks} set=${set} label=${label} />`}
    </div>
  `;
}

/** The stretches on which the best bundle stays the same, and a way to the next change on either side. */
function Breaks({ all, value, breaks, set, label }) {
  const steps = breaks?.steps ?? [];
  const at = steps.findIndex((step) => value <= step.high);
  const here = at < 0 ? steps.length - 1 : at;
  const less = steps[here]?.low - 1024 ** 2;
  const more = steps[here + 1]?.low;
  return html`
    <div class="breaks" aria-hidden="true">
      ${steps.map((step, number) => {
        const from = position(all, step.low);
        const to = number + 1 < steps.length ? position(all, steps[number + 1].low) : 1;
        const kind = breaks.outcomes[step.outcome].status;
        return html`<span
          key=${step.low}
          class=${`stretch ${kind} ${step.models_change ? "major" : ""} ${number === here ? "here" : ""}`}
          style=${{ left: percent(from), width: percent(to - from) }}
        ></span>`;
      })}
    </div>
    <p class="changes">
      ${
        here > 0 &&
        html`<button type="button" class="quiet" onClick=${() => set(less, false)}>
        <span aria-hidden="true">‹ </span>
          <span class="visually-hidden">The answer changes </span>below ${memoryExact(steps[here].low)}<span class="visually-hidden"> of ${label}
          </span>
      </button>`
      }
      ${
        more !== undefined &&
        html`<button type="button" class="quiet end" onClick=${() => set(more, false)}>
        <span class="visually-hidden">The answer changes </span>from ${memoryExact(more)}<span class="visually-hidden"> of ${label}
          </span><span aria-hidden="true"> ›</span>
      </button>`
      }
      ${steps.length === 1 && html`<span>no change at any amount</span>`}
    </p>
  `;
}
