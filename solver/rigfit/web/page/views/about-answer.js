/** What was assumed, and by which catalog and rules the answer was found. */

import { html } from "../html.js";
import * as words from "../words.js";

export function Assumptions({ full }) {
  if (!full) return null;
  const notes = [...full.explanation.notes.filter((note) => !full.bundles.some((one) => one.storage.advice === note))];
  return html`
    <section class="assumptions" aria-label="What was assumed">
      ${
        full.assumptions.length > 0 &&
        html`<p>
        <strong>Assumed</strong>
          ${" "}${full.assumptions.map((one) => `${words.task(one.field.replace(/\.size$/, ""))}: ${one.value}`).join(" · ")}
      </p>`
      }
      ${notes.map((note) => html`<p key=${note}>${words.readable(note)}</p>`)}
      <p class="record">record ${full.record.id} · catalog ${full.record.catalog} · rules ${full.record.rules} · rigfit ${full.record.rigfit}
        </p>
    </section>
  `;
}
