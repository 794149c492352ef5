/** The flow's questions as controls: which there are, what they offer and what is chosen all comes from the server. */

import { html } from "../html.js";
import { current, setAnswer } from "../store.js";
import { Choice, Switch } from "./parts.js";

const FEW = 4;

/** What is chosen: what was just pressed holds at once, before the server has said what follows from it. */
export const chosen = (one) => current().answers[one.id] ?? one.value;
const isYesNo = (one) =>
  one.options.length === 2 && one.options.every(({ value }) => value === "yes" || value === "no");

/** One of more than stand well beside each other. */
const Select = ({ one }) => html`
  <div class="field">
    <label class="field-label" for=${one.id}>${one.question}</label>
    <select id=${one.id} value=${chosen(one)} onChange=${(event) => setAnswer(one.id, event.target.value)}>
      ${one.options.map(({ value, label }) => html`<option key=${value} value=${value}>${label}</option>`)}
    </select>
  </div>
`;

/** One question or detail of the kind that has one answer. */
export function Question({ one }) {
  if (one.kind !== "one") return null;
  if (isYesNo(one)) {
    const note = one.help || one.options.find(({ value }) => value === "yes").description;
    return html`
      <${Switch} id=${one.id} label=${one.question} note=${note} on=${chosen(one) === "yes"} set=${(on) => setAnswer(one.id, on ? "yes" : "no")} />`;
  }
  if (one.options.length > FEW) return html`<${Select} one=${one} />`;
  const options = one.options.map(({ value, label, description }) => ({ value, label, note: description }));
  return html`
    <${Choice} name=${one.id} label=${one.question} options=${options} value=${chosen(one)} set=${(value) => setAnswer(one.id, value)} />`;
}

/** A question with the smaller ones that belong to it. */
export const Questions = ({ questions }) =>
  questions.map(
    (question) => html`
    <div class="question" key=${question.id}>
      <${Question} one=${question} />
      ${question.details.map((detail) => html`<${Question} key=${detail.id} one=${detail} />`)}
    </div>
  `,
  );

export const chosenLabel = (question) => question.options.find(({ value }) => value === chosen(question))?.label;
