/** One bundle: a pipeline for each task with memory and time, then what all of it takes. */

import { html } from "../html.js";
import { file, memory, time } from "../format.js";
import * as words from "../words.js";
import { Criteria, Files, Flags, Licences } from "./bundle-details.js";
import { Figure, Span } from "./figure.js";
import { Memory } from "./memory.js";
import { More } from "./parts.js";

/** The names of a bundle's models: "FLUX.1 dev + Real-ESRGAN x4plus". */
export const names = (bundle) => bundle.tasks.map((task) => task.title).join(" + ");

/** The same as a heading: the first job's model, and the others more quietly. */
export const Names = ({ bundle }) => html`
  ${bundle.tasks.map((task, number) => (number ? html`<span class="also">${" "}+ ${task.title}</span>` : task.title))}
`;

export function Bundle({ bundle, answer, place }) {
  const path = `bundles.${place}`;
  const several = bundle.tasks.length > 1;
  return html`
    <div class="bundle">
      ${bundle.tasks.map(
        (task, number) => html`
          <${Task}
            key=${`${number}.${task.task}`}
            task=${task}
            answer=${answer}
            why=${bundle.why[number]}
            path=${`${path}.tasks.${number}`}
            label=${several}
          />
        `,
      )}
      <${Sharing} bundle=${bundle} cards=${answer.machine.gpus.length} />
      <div class="folds">
        <${More} title="Files, node packages and start options">
          <${Files} files=${bundle.files} path=${path} />
          <${Flags} bundle=${bundle} />
        <//>
        <${More} title="Licences"><${Licences} bundle=${bundle} /><//>
        <${More} title="How it was ranked"><${Criteria} bundle=${bundle} path=${path} /><//>
      </div>
    </div>
  `;
}

function Task({ task, answer, why, path, label }) {
  const [watch, notes] = remarks(task);
  const extras = [...task.features.map(words.feature), ...(task.tiled_decode ? ["tiled VAE decode"] : [])];
  return html`
    <article class="task" data-model=${task.model} data-verdict=${task.verdict}>
      <header class="task-head">
        <div>
          ${label && html`<p class="over">${words.taskTitle(task.task)}</p>`}
          <h3 class=${label ? "task-title" : "visually-hidden"}>${task.title}</h3>
          <p class="task-how">
            ${task.cloud ? task.cloud.title : `${words.variants(task.variants)} · ${words.runtime(task.runtime)}`}
          </p>
        </div>
        <p class="quality">
          <${Figure} value=${task.quality} unit="points" path=${`${path}.quality`} /><span class="unit"> points</span>
        </p>
      </header>
      <div class=${`task-body ${task.cloud ? "alone" : ""}`}>
      <dl class="facts">
        <div><dt>${words.capital(words.an(words.unit(task.task)))}</dt><dd><${Pace} task=${task} path=${path} /></dd></div>
        <div><dt>Runs</dt><dd><${Placement} task=${task} path=${path} /></dd></div>
        ${task.cloud && html`<${Charged} use=${task.cloud} path=${`${path}.cloud`} />`}
        ${extras.length > 0 && html`<div><dt>With</dt><dd>${extras.join(", ")}</dd></div>`}
      </dl>
      <${Memory} task=${task} answer=${answer} path=${path} />
      </div>
      ${why && html`<p class="why">${words.sentence(words.readable(why))}</p>`}
      ${
        watch.length > 0 &&
        html`<ul class="watch">
        ${watch.map((text) => html`<li key=${text}>${words.sentence(words.readable(text))}</li>`)}
      </ul>`
      }
      ${
        notes.length > 0 &&
        html`<ul class="remarks">
        ${notes.map((text) => html`<li key=${text}>${words.sentence(words.readable(text))}</li>`)}
      </ul>`
      }
    </article>
  `;
}

/** What to watch and what to know, one sentence for each rule; licences and maturity speak for each component. */
function remarks(task) {
  const once = (reasons) => {
    const first = new Map();
    for (const reason of reasons) {
      const each = /^(licence|maturity)\./.test(reason.rule) ? reason.rule + reason.subject : reason.rule;
      if (!first.has(each)) first.set(each, reason);
    }
    return together([...first.values()]);
  };
  const topic = (rule) => rule.slice(rule.indexOf(".") + 1);
  const warned = new Set(task.warnings.map((reason) => topic(reason.rule)));
  return [once(task.warnings), once(task.compute.filter((reason) => !warned.has(topic(reason.rule))))];
}

/** What is said alike of several parts is said once: "No commercial use: FLUX.1 dev transformer, …". */
function together(reasons) {
  const said = new Map();
  for (const { subject, text } of reasons) {
    const what = text.startsWith(`${subject}: `) ? text.slice(subject.length + 2) : text;
    said.set(what, [...(said.get(what) ?? []), ...(what === text ? [] : [subject])]);
  }
  return [...said].map(([what, of]) => (of.length ? `${what.replace(/\.$/, "")}: ${of.join(", ")}` : what));
}

function Pace({ task, path }) {
  if (!task.milliseconds) return "time unknown";
  return html`
    <${Span} of=${task.milliseconds} unit="time" path=${`${path}.milliseconds`} />
    ${
      task.tokens_per_second &&
      html`<span class="soft">
      · <${Span} of=${task.tokens_per_second} unit="tokens" path=${`${path}.tokens_per_second`} /> tokens/s</span
    >`
    }
  `;
}

export function Placement({ task, path }) {
  const how = words.PLACEMENTS[task.verdict];
  if (task.verdict !== "streamed") return html`${how}${cached(task)}`;
  if (task.layers_on_card !== null) {
    return html`<${Figure} value=${task.layers_on_card} unit="count" path=${`${path}.layers_on_card`} /> layers on the
      card, the others on the processor${cached(task)}`;
  }
  return html`${how}, <${Figure} value=${task.resident_share} unit="share" path=${`${path}.resident_share`} /> stays on
    the card${cached(task)}`;
}

const cached = (task) => (task.cache && task.cache !== "f16" ? ` · ${task.cache} cache` : "");

function Charged({ use, path }) {
  return html`
    <div>
      <dt>Costs</dt>
      <dd>
        <${Span} of=${use.price} unit="usd" path=${`${path}.price`} /> each${" "}
        <span class="soft">
          · <${Span} of=${use.per_month} unit="usd" path=${`${path}.per_month`} /> for
          ${" "}<${Figure} value=${use.monthly_volume} unit="count" path=${`${path}.monthly_volume`} /> a month
        </span>
      </dd>
    </div>
  `;
}

/** How the tasks share each card, in a sentence for each. */
function Sharing({ bundle, cards }) {
  if (bundle.tasks.length < 2) return null;
  const shared = (bundle.cards ?? []).filter((card) => card.how !== "alone" || cards > 1);
  return shared.map((card) => html`<p class="sharing" key=${card.gpu}>${shares(card)}</p>`);
}

function shares(card) {
  const amount = `${memory(card.used)} of ${memory(card.capacity)}`;
  const name = (one) => words.task(one.task);
  const span = ({ low, high }) => (high === 0 ? "within its own time" : `${time(low)} to ${time(high)}`);
  if (card.how === "alone") return `${card.device} is for ${name(card.tasks[0])}: ${amount}.`;
  if (card.how === "together") {
    const held = card.tasks.map((one) => `${name(one)} keeps ${memory(one.held)}`);
    return `Together on ${card.device}: ${held.join(", ")}; ${amount} at the highest peak.`;
  }
  if (card.how === "side_by_side") return `All of it fits on ${card.device} at once: nothing is swapped (${amount}).`;
  const source = card.swaps[0]?.source === "ram" ? "RAM" : "disk";
  const times = card.swaps.map(
    (swap) => `${name(swap)} ${span(swap.source === "ram" ? swap.from_ram : swap.from_disk)}`,
  );
  const need = source === "disk" ? ` With ${memory(card.ram_to_swap ?? 0)} of RAM for models it would be RAM.` : "";
  return `They take turns on ${card.device}, back from ${source} before each turn: ${times.join(", ")}.${need}`;
}

/** What all of it takes: to fetch, to keep, to load, to pay. */
export function Totals({ bundle, path }) {
  const store = bundle.storage;
  const drives = store.load_milliseconds;
  const local = bundle.files.length > 0;
  return html`
    <dl class="totals">
      ${!local && html`<div><dt>To download</dt><dd>nothing</dd></div>`}
      ${
        local &&
        html`<div>
        <dt>To download</dt>
        <dd><${Figure} value=${store.download} unit="file" path=${`${path}.storage.download`} /></dd>
        ${store.present > 0 && html`<dd class="soft">${file(store.present)} is already here</dd>`}
      </div>`
      }
      ${
        local &&
        html`<div>
        <dt>On disk</dt>
        <dd><${Figure} value=${store.disk} unit="file" path=${`${path}.storage.disk`} /></dd>
        ${
          store.install_peak > store.download &&
          html`<dd class="soft">
          <${Figure} value=${store.install_peak} unit="file" path=${`${path}.storage.install_peak`} /> while installing
        </dd>`
        }
      </div>`
      }
      ${
        store.load > 0 &&
        html`<div>
        <dt>Loads from SSD in</dt>
        <dd>
          <${Figure} value=${drives.nvme} unit="time" path=${`${path}.storage.load_milliseconds.nvme`} /> (NVMe)
          <span class="soft"
            >${" · "}<${Figure} value=${drives.ssd} unit="time" path=${`${path}.storage.load_milliseconds.ssd`} /> (SATA)</span
          >
        </dd>
        ${
          store.advice &&
          html`<dd class="soft">
          <${Figure} value=${drives.hdd} unit="time" path=${`${path}.storage.load_milliseconds.hdd`} /> from a hard disk:
          keep it on an SSD
        </dd>`
        }
      </div>`
      }
      ${
        bundle.money &&
        html`<div>
        <dt>Services charge</dt>
        <dd><${Span} of=${bundle.money} unit="usd" path=${`${path}.money`} /> a month</dd>
      </div>`
      }
    </dl>
  `;
}
