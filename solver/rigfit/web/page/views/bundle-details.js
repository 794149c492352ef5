/** What stands behind a bundle: files, flags, licences, and the levels it was ranked on. */

import { html } from "../html.js";
import { file, fixed, time, count } from "../format.js";
import * as words from "../words.js";
import { Figure } from "./figure.js";

export function Files({ files, path }) {
  if (!files.length) return html`<p class="soft">Nothing is downloaded.</p>`;
  return html`
    <div class="wide-table" tabindex="0" role="region" aria-label="Files">
      <table>
        <thead><tr><th scope="col">File</th><th scope="col">Folder</th><th scope="col" class="number">Size</th></tr></thead>
        <tbody>
          ${files.map(
            (one, number) => html`
              <tr key=${number}>
                <th scope="row">
                  <span class="break">${one.name}</span>
                  ${one.repo && html`<span class="soft break">${one.repo}</span>`}
                </th>
                <td>${one.folder ?? ""}</td>
                <td class="number">
                  <${Figure} value=${one.bytes} unit="file" path=${`${path}.files.${number}.bytes`} />
                  ${one.download === 0 && html`<span class="soft">already here</span>`}
                </td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

export function Flags({ bundle }) {
  return html`
    <dl class="facts plain">
      <div><dt>Runs in</dt><dd>${bundle.runtimes.map(words.runtime).join(", ") || "nothing local"}</dd></div>
      ${
        bundle.nodes.length > 0 &&
        html`<div class="wide"><dt>Node packages</dt><dd>${bundle.nodes.map(words.node).join(", ")}</dd></div>`
      }
      ${
        bundle.flags.length > 0 &&
        html`<div class="wide"><dt>Start options</dt><dd><code>${bundle.flags.join(" ")}</code></dd></div>`
      }
    </dl>
  `;
}

export const Licences = ({ bundle }) => html`
  <p class="soft">All of them hold together; the strictest decides.</p>
  <ul class="plain-list">
    ${bundle.licences.map((id) => {
      const { title, url, note } = words.licence(id);
      return html`<li key=${id}>
        ${url ? html`<a href=${url} rel="noreferrer" target="_blank">${title}</a>` : title}
        ${note && html`<span class="soft"> · ${words.sentence(note)}</span>`}
      </li>`;
    })}
  </ul>
`;

const LEVELS = {
  net_value: "Quality, less what waiting costs",
  value: "Quality",
  cascade: "Steps away from the original",
  money: "Charged by services a month",
  runtimes: "Programs to install",
  runtime: "Speed of the program",
  download: "To download",
  nodes: "Node packages",
  seconds: "Time",
  disk: "On disk",
  vram: "VRAM held",
  offload: "Left to a service, or late",
};

/** A level's value in its own unit. Costs: less is better, so that quality counts below zero. */
function levelText(value, unit) {
  if (unit === "centipoints") return `${fixed(Math.abs(value) / 1000, 1)} points`;
  if (unit === "ms") return time(value);
  if (unit === "MiB") return file(value * 1024 ** 2);
  return count(value);
}

export function Criteria({ bundle, path }) {
  const of = (name) => words.capital(words.plain(name.replace(/^\d+\./, "")));
  return html`
    <p class="soft">From the first level to the last; a later one counts only between equals on those before.</p>
    <div class="wide-table" tabindex="0" role="region" aria-label="Levels of the ranking">
      <table>
        <thead><tr><th scope="col">Level</th><th scope="col" class="number">Sum</th><th scope="col">Made of</th></tr></thead>
        <tbody>
          ${bundle.criteria.map(
            (one, number) => html`
              <tr key=${one.name}>
                <th scope="row">${LEVELS[one.name] ?? words.capital(words.plain(one.name))}</th>
                <td class="number">
                  <data value=${one.value} data-path=${`${path}.criteria.${number}.value`}
                    >${levelText(one.value, one.unit)}</data
                  >
                </td>
                <td>${one.parts.map((part) => `${of(part.of)} ${levelText(part.value, one.unit)}`).join(" · ")}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}
