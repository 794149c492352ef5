/** Does a ComfyUI workflow run here? Drop its JSON: what it loads, whether that fits, what could stand in for it. */

import * as api from "../api.js";
import { file as size } from "../format.js";
import { html, useState } from "../html.js";
import * as words from "../words.js";
import { save } from "./download.js";
import { More, Problem, Waiting } from "./parts.js";

const VERDICTS = {
  resident: "Runs, all on the card",
  offloaded: "Runs, parts take turns on the card",
  streamed: "Runs, streamed from RAM",
  impossible: "Does not run here",
  unknown: "Cannot be judged: the size of a file is not known",
  elsewhere: "A service does the work",
};

export function Workflow({ request }) {
  const [state, set] = useState({ name: null, found: null, problem: null, busy: false });
  const [over, hover] = useState(false);

  async function read(file) {
    if (!file) return;
    set({ name: file.name, found: null, problem: null, busy: true });
    try {
      set({ name: file.name, found: await api.fix(await file.text(), request), problem: null, busy: false });
    } catch (problem) {
      set({ name: file.name, found: null, problem, busy: false });
    }
  }

  const fixed = () => save(new Blob([state.found.workflow], { type: "application/json" }), `fits-${state.name}`);

  const dragged = (is) => (event) => {
    event.preventDefault();
    hover(is);
  };
  return html`
    <label
      class=${`drop ${over ? "over" : ""}`}
      onDragOver=${dragged(true)}
      onDragLeave=${dragged(false)}
      onDrop=${(event) => {
        dragged(false)(event);
        read(event.dataTransfer.files[0]);
      }}
    >
      <input id="workflow-file" type="file" accept=".json,application/json" class="visually-hidden" onChange=${(event) => read(event.target.files[0])} />
      <span>${state.name ?? "Drop a workflow here, or choose a file"}</span>
      <span class="soft">It goes to the server on this computer and nowhere else.</span>
    </label>
    <div class="verdict" aria-live="polite">
      ${state.busy && html`<${Waiting} text="Reading it …" />`}
      ${state.problem && html`<${Problem} problem=${state.problem} />`}
      ${state.found && html`<${Report} report=${state.found.report} />`}
      ${
        state.found?.changed &&
        html`<p><button type="button" id="workflow-fixed" onClick=${fixed}>Download it with the files that fit</button></p>`
      }
    </div>
  `;
}

function Report({ report }) {
  const needed = report.files.filter((one) => one.needed);
  return html`
    <p class="judgement-text" data-runs=${report.runs}>${VERDICTS[report.verdict]}</p>
    <p class="soft">
      ${needed.length} files, ${size(report.total)} in all, ${size(report.download)} to download${report.unsized.length ? `; of ${report.unsized.length} nobody says the size` : ""}.</p>
    ${report.pipelines.map((one, number) => html`<${Pipeline} key=${number} one=${one} />`)}
    ${
      report.refusals.length > 0 &&
      html`<ul class="watch">${report.refusals.map(
        (one) => html`<li key=${one.text}>
      ${words.sentence(words.readable(one.text))}</li>`,
      )}</ul>`
    }
    ${
      report.conflicts.length + report.warnings.length > 0 &&
      html`<ul class="watch">
      ${[...report.conflicts, ...report.warnings].map(
        (text) => html`<li key=${text}>
        ${words.sentence(words.readable(text))}</li>`,
      )}
    </ul>`
    }
    ${
      report.packages.length > 0 &&
      html`<p><strong>Node packages</strong>
      ${" "}${report.packages.map((one) => words.node(one.package)).join(", ")}</p>`
    }
    ${
      report.licences.length > 0 &&
      html`<p><strong>Licences</strong>
      ${" "}${report.licences.map((one) => one.title).join(", ")}</p>`
    }
    ${
      needed.length > 0 &&
      html`<${More} title="Files">
      <ul class="plain-list">
        ${needed.map(
          (one) => html`<li key=${one.folder + one.name}><span class="break">${one.name}</span>
          <span class="soft">
          ${one.bytes === null ? "size unknown" : size(one.bytes)}${one.present ? " · already here" : ""}${one.note ? ` · ${words.readable(one.note)}` : ""}
          </span></li>`,
        )}
      </ul>
    <//>`
    }
  `;
}

const Pipeline = ({ one }) => html`
  <article class="judgement" data-verdict=${one.verdict === "impossible" ? "refused" : "chosen"}>
    <p class="over">${one.title}${one.task ? ` · ${words.task(one.task)}` : ""}</p>
    <p>${words.sentence(words.readable(one.reason))}</p>
    ${
      one.replacement &&
      html`
      <p>Better: ${words.readable(one.replacement.reason)}</p>
      <ul class="plain-list soft">
        ${one.replacement.files.map(
          (file) => html`<li key=${file.role}><span class="break">
          ${file.file} → ${file.by_file}</span></li>`,
        )}
      </ul>`
    }
    ${
      !one.replacement &&
      one.no_replacement &&
      html`<p class="soft">
      ${words.sentence(words.readable(one.no_replacement))}</p>`
    }
  </article>
`;
