/** If the machine were different: quality over one amount of memory, with every step at which the best bundle changes. */

import { fixed, memoryExact, memoryShort, points, time } from "../format.js";
import { html, useMemo, useState } from "../html.js";
import { position, stops } from "../scale.js";
import * as words from "../words.js";
import { Problem, Waiting } from "./parts.js";

const NAMES = { vram: "VRAM", ram: "RAM" };
const HEIGHT = 260;
const LEFT = 34;
const RIGHT = 12;
const TOP = 16;
const BOTTOM = 34;

/**
 * @param {{vram: object, ram: object}} asked  what `useAsked` gave for each amount
 * @param {(resource: string, bytes: number) => void} set
 */
export function WhatIf({ asked, set }) {
  const having = Object.keys(NAMES).filter((name) => asked[name].offered);
  const [chosen, choose] = useState(null);
  const name = having.includes(chosen) ? chosen : having[0];
  if (!name) return html`<p class="soft">Nothing of this machine can be varied.</p>`;
  const { value, problem } = asked[name];
  return html`
    ${
      having.length > 1 &&
      html`<div class="tabs" role="group" aria-label="What varies">
      ${having.map(
        (one) => html`
        <button type="button" key=${one} aria-pressed=${one === name} onClick=${() => choose(one)}>${NAMES[one]}
        </button>`,
      )}
    </div>`
    }
    ${problem && html`<${Problem} problem=${problem} />`}
    ${!value && !problem && html`<${Waiting} text="Finding every amount at which the answer changes …" />`}
    ${value && html`<${Chart} found=${value} name=${name} /><${Steps} found=${value} name=${name} set=${set} />`}
  `;
}

/** As wide as it is drawn, about, so that its words are as large as others. */
const wide = () => (matchMedia("(max-width: 40rem)").matches ? 360 : 720);

function Chart({ found, name }) {
  const width = wide();
  const varied = found.varied[0];
  const all = useMemo(() => stops(varied.low, varied.high), [varied.low, varied.high]);
  const x = (amount) => LEFT + position(all, amount) * (width - LEFT - RIGHT);
  const qualities = found.outcomes.map((one) => one.quality).filter((one) => one !== null);
  const top = Math.max(...qualities, 0);
  const low = Math.min(...qualities, top);
  // From a little below the least, so that it can be told from nothing.
  const floor = Math.max(0, low - Math.max(100, (top - low) / 3));
  const y = (quality) => HEIGHT - BOTTOM - ((quality - floor) / Math.max(1, top - floor)) * (HEIGHT - TOP - BOTTOM);
  const ends = found.steps.map((step, number) => found.steps[number + 1]?.low ?? step.high);
  const runs = found.steps.map((step, number) => ({ ...step, end: ends[number], ...found.outcomes[step.outcome] }));
  const works = runs.filter((run) => run.quality !== null);
  const label = works.length
    ? `Quality over ${NAMES[name]}: from ${points(low)} to ${points(top)} points in ${works.length} steps, the first at ${memoryExact(works[0].low)}. The table below has each.`
    : `No amount of ${NAMES[name]} in this range is enough.`;
  const line = works
    .map(
      (run, number) =>
        `${number && works[number - 1].end === run.low ? "L" : "M"}${x(run.low)},${y(run.quality)}H${x(run.end)}`,
    )
    .join("");
  return html`
    <figure class="chart">
      <svg viewBox=${`0 0 ${width} ${HEIGHT}`} role="img" aria-label=${label}>
        <defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line x1="0" y1="0" x2="0" y2="7" class="hatch-line" /></pattern></defs>
        ${
          qualities.length > 0 &&
          ticks(floor, top).map(
            (value) => html`
          <g key=${value}><line class="grid" x1=${LEFT} x2=${width - RIGHT} y1=${y(value)} y2=${y(value)} />
          <text class="axis" x=${LEFT - 8} y=${y(value) + 4} text-anchor="end">${fixed(value / 100, 0)}</text></g>`,
          )
        }
        ${runs.map((run) =>
          run.quality === null
            ? html`
            <rect class="no" x=${x(run.low)} y=${TOP} width=${Math.max(0, x(run.end) - x(run.low))} height=${HEIGHT - TOP - BOTTOM} fill="url(#hatch)" />`
            : html`
            <rect class="area" x=${x(run.low)} y=${y(run.quality)} width=${Math.max(0, x(run.end) - x(run.low))} height=${Math.max(0, HEIGHT - BOTTOM - y(run.quality))} />`,
        )}
        <path class="steps" d=${line} />
        ${works.map(
          (run) => html`
          <circle key=${run.low} class=${run.models_change ? "dot major" : "dot"} cx=${x(run.low)} cy=${y(run.quality)} r=${run.models_change ? 4.5 : 3} />`,
        )}
        ${amounts(all).map(
          (amount) => html`
          <text class="axis" key=${amount} x=${x(amount)} y=${HEIGHT - 10} text-anchor="middle">${memoryShort(amount)}
          </text>`,
        )}
        <g class="here"><line x1=${x(varied.has)} x2=${x(varied.has)} y1=${TOP - 6} y2=${HEIGHT - BOTTOM} />
          <circle cx=${x(varied.has)} cy=${TOP - 6} r="4" /></g>
      </svg>
      <figcaption class="note">Points over ${NAMES[name]}. The line marks this machine${runs.some((run) => run.quality === null) ? "; hatched: nothing fits" : ""}.</figcaption>
    </figure>
  `;
}

/** Two to four round values between two ends. */
function ticks(from, to) {
  const step = [100, 200, 500, 1000, 2000, 5000].find((one) => (to - from) / one <= 4) ?? 10_000;
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

/** Doublings between the ends of a scale. */
function amounts(all) {
  const found = [];
  for (let at = 2 ** Math.ceil(Math.log2(all[0])); at <= all.at(-1); at *= 2) found.push(at);
  return found;
}

function Steps({ found, name, set }) {
  const has = found.varied[0].has;
  return html`
    <div class="wide-table" tabindex="0" role="region" aria-label=${`Steps along ${NAMES[name]}`}>
      <table class="steps-table">
        <thead><tr><th scope="col" class="number">${NAMES[name]} from</th><th scope="col" class="number">Points</th>
          <th scope="col" class="number">Time</th><th scope="col">What changes</th></tr></thead>
        <tbody>
          ${found.steps.map((step) => {
            const outcome = found.outcomes[step.outcome];
            const here = step.low <= has && has <= step.high;
            return html`<tr key=${step.low} class=${here ? "current" : ""} aria-current=${here ? "true" : undefined}>
              <th scope="row" class="number"><button type="button" class="quiet" onClick=${() => set(name, step.low)}>
                ${memoryExact(step.low)}</button></th>
              <td class="number">${outcome.quality === null ? "–" : points(outcome.quality)}</td>
              <td class="number">${spent(outcome)}</td>
              <td class=${step.models_change ? "" : "soft"}>
                ${words.capital(step.changes.map(words.readable).join("; "))}${
                  here &&
                  html`
                <span class="tag">this machine</span>`
                }</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  `;
}

/** Of all tasks one after another; a question mark stands for those nobody knows. */
function spent(outcome) {
  const known = outcome.tasks.filter((task) => task.milliseconds);
  if (!known.length) return "–";
  const sum = known.reduce((all, task) => all + task.milliseconds.expected, 0);
  return time(sum) + (known.length < outcome.tasks.length ? " + ?" : "");
}
