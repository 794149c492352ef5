/** Small pieces that several views use. */

import { html, useState } from "../html.js";
import { setOpen } from "../store.js";

/** A switch: a checkbox that looks like one, with what it means. */
export const Switch = ({ id, label, note, on, set }) => html`
  <div class="switch-row">
    <label for=${id}>
      <span class="switch-label">${label}</span>
      ${note && html`<span class="note" id=${`${id}-note`}>${note}</span>`}
    </label>
    <input
      id=${id}
      type="checkbox"
      role="switch"
      class="switch"
      checked=${on}
      aria-describedby=${note && `${id}-note`}
      onChange=${(event) => set(event.target.checked)}
    />
  </div>
`;

/** One of a few: radio buttons in a row, with the reason of the chosen one beneath. */
export function Choice({ name, label, options, value, set }) {
  const chosen = options.find((one) => one.value === value);
  const long = options.reduce((all, one) => all + one.label.length, 0) > 36;
  return html`
    <fieldset class=${`choice ${long ? "stacked" : ""}`}>
      <legend>${label}</legend>
      <div class="segments">
        ${options.map(
          (one) => html`
            <label class="segment" key=${one.value}>
              <input
                type="radio"
                name=${name}
                value=${one.value}
                checked=${one.value === value}
                onChange=${() => set(one.value)}
              />
              <span>${one.label}</span>
            </label>
          `,
        )}
      </div>
      ${chosen?.note && html`<p class="note">${chosen.note}</p>`}
    </fieldset>
  `;
}

/** A section that unfolds; whether it is open stands in the address. */
export function Section({ name, title, lead, open, children }) {
  const toggled = (event) => {
    if (event.target === event.currentTarget && event.target.open !== open) setOpen(name, event.target.open);
  };
  return html`
    <details class="section" id=${name} open=${open} onToggle=${toggled}>
      <summary><h2>${title}</h2>${lead && html`<span class="lead">${lead}</span>`}</summary>
      ${open && html`<div class="section-body">${children}</div>`}
    </details>
  `;
}

/** A card that folds to a line; on a narrow screen it begins folded, so that the answer comes sooner. */
export function Fold({ id, title, lead, children, begin = matchMedia("(min-width: 62rem)").matches }) {
  const [open, set] = useState(begin);
  return html`
    <details class="card fold" id=${id} open=${open} onToggle=${(event) => event.target === event.currentTarget && set(event.target.open)}>
      <summary><h2>${title}</h2>${!open && lead && html`<span class="lead">${lead}</span>`}</summary>
      ${open && html`<div class="fold-body">${children}</div>`}
    </details>
  `;
}

/** More of the same place, folded away until it is asked for. */
export const More = ({ title, children }) => html`
  <details class="more"><summary>${title}</summary><div class="more-body">${children}</div></details>
`;

/** That something is being found out, without moving anything. */
export const Waiting = ({ text }) => html`<p class="waiting" role="status">${text}</p>`;

export const Problem = ({ problem }) =>
  html`<p class="problem" role="alert" data-kind=${problem.kind}>${problem.message}</p>`;
