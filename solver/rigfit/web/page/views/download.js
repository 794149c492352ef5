/** What one takes away: the artefacts as a zip, the request as a file, the address. */

import * as api from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { Problem } from "./parts.js";

/** Hand a file to the person. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {number} bundle  the rank of the bundle whose artefacts are wanted */
export function Download({ request, bundle = 1 }) {
  const [state, set] = useState({ doing: null, problem: null, done: "" });
  const key = JSON.stringify(request);
  useEffect(() => set({ doing: null, problem: null, done: "" }), [key]);

  async function artefacts() {
    set({ doing: "zip", problem: null, done: "" });
    try {
      save(await api.emit(request, bundle), `rigfit-${request.preset ?? request.tasks[0].task}.zip`);
      set({ doing: null, problem: null, done: "Downloaded." });
    } catch (problem) {
      set({ doing: null, problem, done: "" });
    }
  }

  function requestFile() {
    const text = `${JSON.stringify(request, null, 2)}\n`;
    save(new Blob([text], { type: "application/json" }), "request.json");
    set({ doing: null, problem: null, done: "Downloaded. On the command line: rigfit solve request.json" });
  }

  async function copy() {
    const done = await navigator.clipboard.writeText(location.href).then(
      () => "Address copied.",
      () => "The address is in the address bar.",
    );
    set({ doing: null, problem: null, done });
  }

  return html`
    <div class="download">
      <button type="button" class="primary" id="download-setup" disabled=${state.doing !== null} onClick=${artefacts}>
        ${state.doing === "zip" ? "Packing …" : "Download the setup"}
      </button>
      <button type="button" id="download-request" onClick=${requestFile}>Request file</button>
      <button type="button" id="copy-address" onClick=${copy}>Copy link</button>
      <p class="note" role="status">${state.done}</p>
      ${state.problem && html`<${Problem} problem=${state.problem} />`}
    </div>
  `;
}
