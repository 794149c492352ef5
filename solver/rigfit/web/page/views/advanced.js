/** For those who know what they want: quantization, size, style, runtimes, limits. */

import * as api from "../api.js";
import { useAsked } from "../asking.js";
import { html } from "../html.js";
import { setPolicies, update } from "../store.js";
import * as words from "../words.js";
import { Fold } from "./parts.js";

const MAIN = ["denoiser", "denoiser_high", "llm"];
const CONFIDENCE = [
  ["safe", "Careful: the high end must fit"],
  ["expected", "Expected"],
  ["optimistic", "Optimistic: the low end"],
];

export const Advanced = ({ request, quick, vocabulary }) => html`
    <${Fold} id="advanced" title="Advanced" lead="quantization, size, limits" begin=${false}>
        ${request.tasks.map(
          (task, number) => html`
          <${TaskDetails} key=${number} ...${{ task, number, request, vocabulary }} chosen=${quick?.bundles[0]?.tasks[number]} />`,
        )}
        <div class="field">
          <label class="field-label" for="runtime">Runs in</label>
          <select id="runtime" value=${request.policies.runtimes?.[0] ?? ""} onChange=${(event) => setPolicies({ runtimes: event.target.value ? [event.target.value] : undefined })}>
            <option value="">any program</option>
            ${vocabulary.runtimes.map((one) => html`<option key=${one.id} value=${one.id}>${one.title}</option>`)}
          </select>
        </div>
        <div class="field">
          <label class="field-label" for="confidence">How careful</label>
          <select id="confidence" value=${request.policies.confidence ?? "safe"} onChange=${(event) => setPolicies({ confidence: event.target.value })}>
            ${CONFIDENCE.map(([id, title]) => html`<option key=${id} value=${id}>${title}</option>`)}
          </select>
        </div>
        <${Limit} id="max-time" label="Longest wait for a result, minutes" value=${minutes(request.policies.max_time)} set=${(value) => setPolicies({ max_time: value && `${value} min` })} />
        <${Limit} id="max-download" label="Most to download, GB" value=${gigabytes(request.policies.max_download)} set=${(value) => setPolicies({ max_download: value && value * 10 ** 9 })} />
    <//>
`;

const minutes = (text) => {
  const [, value, unit] = /^([\d.]+)\s*(ms|s|min|h)$/.exec(text ?? "") ?? [];
  return value === undefined
    ? ""
    : String((Number(value) * { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }[unit]) / 60_000);
};
const gigabytes = (bytes) => (bytes ? String(bytes / 10 ** 9) : "");

const Limit = ({ id, label, value, set }) => html`
  <div class="field">
    <label class="field-label" for=${id}>${label}</label>
    <input id=${id} type="number" min="0" step="any" inputmode="decimal" placeholder="as usual" value=${value} onChange=${(event) => event.target.checkValidity() && set(Number(event.target.value) || undefined)} />
  </div>
`;

function TaskDetails({ task, number, request, vocabulary, chosen }) {
  const known = vocabulary.tasks.find((one) => one.id === task.task);
  const edit = (changes) =>
    update({ tasks: request.tasks.map((one, place) => (place === number ? { ...one, ...changes } : one)) });
  const resize = (name) => (event) =>
    event.target.checkValidity() && edit({ size: { ...task.size, [name]: Number(event.target.value) || undefined } });
  return html`
    <fieldset class="task-details">
      <legend>${words.taskTitle(task.task)}</legend>
      <${Quantization} ...${{ task, number, request, chosen, edit }} />
      <div class="pair">
        ${Object.keys(known?.size ?? {})
          .filter((name) => name !== "batch")
          .map(
            (name) => html`
          <div class="field" key=${name}>
            <label class="field-label" for=${`${name}-${number}`}>${words.capital(name)}</label>
            <input id=${`${name}-${number}`} type="number" min="1" step="any" placeholder=${known.size[name]} value=${task.size?.[name] ?? ""} onChange=${resize(name)} />
          </div>`,
          )}
      </div>
      <div class="field">
        <label class="field-label" for=${`style-${number}`}>Style</label>
        <select id=${`style-${number}`} value=${task.style ?? "no_preference"} onChange=${(event) => edit({ style: event.target.value })}>
          ${vocabulary.styles.map(
            (style) => html`<option key=${style} value=${style}>
            ${words.capital(words.plain(style))}</option>`,
          )}
        </select>
      </div>
    </fieldset>
  `;
}

/** The variants of the chosen model that this machine can run: the server judges each, the page only lists them. */
function Quantization({ task, number, request, chosen, edit }) {
  const role = chosen && MAIN.find((one) => one in chosen.variants);
  const free = {
    ...request,
    tasks: request.tasks.map((one, place) => (place === number ? { ...one, variants: {} } : one)),
  };
  const key = role ? JSON.stringify([free, chosen.model]) : null;
  const { value, fresh } = useAsked(key, (signal) => api.whyNot(free, null, signal), 400);
  if (!role) return null;
  const pinned = task.variants?.[role];
  const runs = (value?.judgements ?? []).filter(
    (one) =>
      one.model === chosen.model &&
      one.task === task.task &&
      one.role === role &&
      one.verdict !== "refused" &&
      one.verdict !== "too_large",
  );
  const keys = [...new Set([...(pinned ? [pinned] : []), ...runs.map((one) => one.variant)])];
  const pick = (event) => {
    const { [role]: _, ...rest } = task.variants ?? {};
    const variant = event.target.value;
    edit({ variants: variant ? { ...rest, [role]: variant } : rest, ...(variant ? { models: [chosen.model] } : {}) });
  };
  return html`
    <div class="field">
      <label class="field-label" for=${`variant-${number}`}>Quantization of ${chosen.title}</label>
      <select id=${`variant-${number}`} value=${pinned ?? ""} aria-busy=${!fresh} onChange=${pick}>
        <option value="">best that fits (${words.variant(chosen.variants[role])})</option>
        ${keys.map((one) => html`<option key=${one} value=${one}>${words.variant(one)}</option>`)}
      </select>
      <p class="note">${fresh ? "Only what this machine can run." : "Finding what this machine can run …"}</p>
    </div>
  `;
}
