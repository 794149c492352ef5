/** A number of the answer: its raw value and where it stands in the answer go with it, for programs and for tests. */

import { FORMATS } from "../format.js";
import { html } from "../html.js";

/**
 * @param {number} value  in its base unit
 * @param {string} unit   a name of FORMATS
 * @param {string} path   where it stands in the JSON: "bundles.0.tasks.1.quality"
 */
export const Figure = ({ value, unit, path }) =>
  html`<data class="figure" value=${value} data-unit=${unit} data-path=${path}>${FORMATS[unit](value)}</data>`;

/** From the least to the most; once where both read alike. */
export function Span({ of, unit, path, to = " to " }) {
  const low = html`<${Figure} value=${of.low} unit=${unit} path=${`${path}.low`} />`;
  if (FORMATS[unit](of.low) === FORMATS[unit](of.high)) return low;
  return html`<span class="span">${low}${to}<${Figure} value=${of.high} unit=${unit} path=${`${path}.high`} /></span>`;
}
