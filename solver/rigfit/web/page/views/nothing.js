/** Where nothing fits: what cannot be had together, what to give up, and how much would be enough. */

import { points, time } from "../format.js";
import { applied, whole } from "../hints.js";
import { html } from "../html.js";
import { setPolicies, update } from "../store.js";
import * as words from "../words.js";
import { setAmount } from "./machine.js";
import { More, Waiting } from "./parts.js";

const RESOURCES = {
  vram: "VRAM",
  ram: "RAM",
  memory: "memory",
  disk: "disk space",
  time: "time",
  compute_capability: "a newer architecture",
};
const STEPS = {
  quantization: "Quantize",
  streaming: "Stream",
  substitution: "Use another model",
  workflow: "Change the workflow",
  cloud: "Use a service",
};

/**
 * @param {object} answer   quick or full
 * @param {object|null} full  with the explanation, once it is there
 * @param {object} request  as it was asked
 * @param {object} state
 */
export function Nothing({ answer, full, request, state }) {
  const why = full?.explanation;
  return html`
    <section class="nothing" aria-labelledby="answer-title">
      <p class="over">No bundle</p>
      <h2 id="answer-title" tabindex="-1" data-nothing>${answer.status === "undecided" ? "Not decided" : "Nothing fits"}</h2>
      <p class="nothing-lead">
        ${why ? words.sentence(words.readable(why.summary)) : "On this machine, with these wishes."}
      </p>
      ${!why && html`<${Waiting} text="Finding out what stands in the way …" />`}
      ${
        why &&
        html`
        <${GiveUps} gives=${why.give_ups} request=${request} state=${state} />
        <${Enough} least=${why.least} machine=${answer.machine} stated=${state.machine} />
        ${why.conflict && html`<${Conflict} conflict=${why.conflict} />`}
        <${Tried} cascade=${why.cascade} />
      `
      }
    </section>
  `;
}

function Conflict({ conflict }) {
  const tasks = conflict.members.filter((member) => member.kind === "task");
  const alone = tasks.length === 1 && conflict.members.length > 1;
  const members = conflict.members.filter((member) => !(alone && member.kind === "task"));
  return html`
    <div class="block" data-conflict>
      <h3>
        ${alone ? `${words.sentence(tasks[0].text).replace(/\.$/, "")} cannot be had with all of this together` : "These cannot be had together"}
        </h3>
      <p class="soft">The least there is: without any one of these it could be had.</p>
      <ul class="members">
        ${members.map(
          (member) => html`<li key=${member.text}>
          <p>${words.sentence(words.readable(member.text))}</p>
          ${
            member.evidence.length > 0 &&
            html`<${More} title="What it keeps out">
            <ul class="plain-list soft">
              ${member.evidence.map(
                (reason) => html`<li key=${reason.text}>
                ${words.sentence(words.readable(reason.text))}</li>`,
              )}
            </ul>
          <//>`
          }
        </li>`,
        )}
      </ul>
    </div>
  `;
}

/** Ways out, the least first: each is a button that takes it. */
function GiveUps({ gives, request, state }) {
  if (!gives.length) return html`<p class="block">No wish or policy that could be given up would make it fit.</p>`;
  return html`
    <div class="block" data-give-ups>
      <h3>What to give up, the least first</h3>
      <ul class="ways">
        ${gives.map(
          (give, number) => html`
          <li key=${number}>
            <button type="button" class="way" disabled=${!applied(state, request, give.hints)} onClick=${() => update(applied(state, request, give.hints))}>
              <span class="way-title">${words.capital(words.readable(give.text))}</span>
              ${give.gains.map(
                (one) => html`<span class="way-gain" key=${one.task}>
                ${gained(one, give.gains.length > 1)}</span>`,
              )}
            </button>
          </li>
        `,
        )}
      </ul>
    </div>
  `;
}

/** A pipeline that one would get: "LTX-Video Q5_K_M · 67.0 points · about 25 min". */
export function gained(one, named) {
  const parts = [
    `${named ? `${words.taskTitle(one.task)}: ` : ""}${one.title}${one.variant ? ` ${one.variant}` : ""}${one.service ? ` at ${one.service}` : ""}`,
    `${points(one.quality)} points`,
    ...(one.milliseconds === null ? [] : [`about ${time(one.milliseconds)}`]),
  ];
  return parts.join(" · ");
}

/** The least amounts that would do, each alone: each is a button that simulates it. */
function Enough({ least, machine, stated }) {
  const some = least.filter((one) => one.needs !== null);
  const none = [...new Set(least.filter((one) => one.needs === null).map((one) => RESOURCES[one.resource]))];
  if (!least.length) return null;
  const press = {
    vram: (one) => setAmount("vram", whole(one.needs), machine, stated),
    ram: (one) => setAmount("ram", whole(one.needs), machine, stated),
    memory: (one) => setAmount("ram", whole(one.needs), machine, stated),
    disk: (one) => setAmount("disk", one.needs, machine, stated),
    time: (one) => setPolicies({ max_time: `${one.needs} ms` }),
  };
  return html`
    <div class="block" data-least>
      ${
        some.length > 0 &&
        html`
        <h3>What would be enough${some.length > 1 ? ", each alone" : ""}</h3>
        <ul class="ways">
          ${some.map(
            (one) => html`
            <li key=${one.resource + one.gpu}>
              <button type="button" class="way" disabled=${!press[one.resource]} onClick=${() => press[one.resource](one)}>
                <span class="way-title">${words.capital(words.readable(one.text))}</span>
                ${
                  press[one.resource] &&
                  html`<span class="way-gain">
                  ${one.resource === "time" ? "Wait that long" : "Simulate it"}</span>`
                }
              </button>
            </li>
          `,
          )}
        </ul>
      `
      }
      ${
        none.length > 0 &&
        html`<p class="soft after">
        ${words.capital(`more ${new Intl.ListFormat("en", { type: "disjunction" }).format(none)} alone would not help.`)}
        </p>`
      }
    </div>
  `;
}

function Tried({ cascade }) {
  if (!cascade.length) return null;
  return html`
    <div class="block">
      <${More} title="What was tried, in order">
        <ol class="tried">
          ${cascade.map(
            (step, number) => html`<li key=${number}>
            <strong>${STEPS[step.step]}</strong>${" "}${words.sentence(words.readable(step.text))}
          </li>`,
          )}
        </ol>
      <//>
    </div>
  `;
}
