/** The machine: which card, how much memory. What is dragged here changes the answer while it is dragged. */

import { fileShort, memoryShort } from "../format.js";
import { html } from "../html.js";
import { setMachine, update } from "../store.js";
import { Combobox } from "./combobox.js";
import { Slider } from "./slider.js";

const HERE = "\u0000here";
const SYSTEMS = [
  ["windows", "Windows"],
  ["linux", "Linux"],
  ["macos", "macOS"],
];
const WHERE = { windows: "Windows", linux: "Linux", macos: "macOS" };

/** Bytes between which the sliders go: from the smallest card to the largest that stands in a desktop; memory likewise. */
export function ranges(gpus) {
  const own = gpus.filter((gpu) => !gpu.unified && gpu.kind !== "datacenter").map((gpu) => gpu.vram);
  const all = gpus.filter((gpu) => gpu.unified).map((gpu) => gpu.vram);
  const low = Math.min(...own);
  return { vram: [low, Math.max(...own)], ram: [2 * low, Math.max(...all)] };
}

/** What is stated where this computer is changed: it is simulated then, and keeps what it has. */
function asStated(machine, stated) {
  if (stated.gpus?.length || !machine.gpus.length) return stated;
  return {
    gpus: machine.gpus.map((gpu) => gpu.spec ?? gpu.name),
    ram: machine.ram,
    disk: machine.disk_free,
    os: machine.os,
    ...stated,
  };
}

/**
 * Say how much there is of something. A card has what it has: with another amount this computer is simulated.
 * @param {"vram"|"ram"|"disk"} name
 */
export function setAmount(name, bytes, machine, stated, how) {
  const rest = name === "vram" ? asStated(machine, stated) : stated;
  update({ machine: { ...rest, [name]: bytes } }, how);
}

/** The machine in a few words: "GeForce RTX 3060 12 GB · 32 GB RAM · Windows". */
export function machineLine(machine) {
  const cards = machine.gpus.map((gpu) => gpu.name).join(" + ") || "no graphics card";
  return `${cards} · ${memoryShort(machine.ram)} RAM · ${WHERE[machine.os]} · ${fileShort(machine.disk_free)} free`;
}

/**
 * @param {object} machine  as the server sees it
 * @param {object} stated   what the address says of it
 * @param {object[]} gpus   every card of the catalog
 * @param {{vram: object|null, ram: object|null}} breaks  what-ifs along each amount
 */
export function MachineCard({ machine, stated, gpus, breaks, title = "Machine" }) {
  const span = ranges(gpus);
  const card = machine.gpus.length === 1 ? machine.gpus[0] : null;
  // What is stated holds at once; the server's word about the rest of the machine comes a moment later.
  const amount = { vram: stated.vram ?? card?.vram, ram: stated.ram ?? machine.ram };
  const set = (name) => (bytes, passing) => setAmount(name, bytes, machine, stated, { passing });
  return html`
    <section class="card machine" aria-labelledby="machine-title">
      <header class="card-head">
        <h2 id="machine-title">${title}</h2>
        <span class="badge">${machine.simulated ? "simulated" : "this computer"}</span>
      </header>
      <${Cards} machine=${machine} stated=${stated} gpus=${gpus} />
      ${!machine.gpus.length && html`<p class="note try">Choose a card to see what it would bring.</p>`}
      ${
        card &&
        !card.unified &&
        html`
        <${Slider} id="vram" label="VRAM" low=${span.vram[0]} high=${Math.max(span.vram[1], amount.vram)} value=${amount.vram}
          breaks=${breaks.vram} set=${set("vram")} />
      `
      }
      <${Slider}
        id="ram"
        label=${card?.unified ? "Memory" : "RAM"}
        low=${span.ram[0]}
        high=${Math.max(span.ram[1], amount.ram)}
        value=${amount.ram}
        breaks=${breaks.ram}
        set=${set("ram")}
      />
      <${Rest} machine=${machine} stated=${stated} />
    </section>
  `;
}

function Cards({ machine, stated, gpus }) {
  const entries = [
    { value: HERE, label: "This computer", note: "as it is", search: "this computer detected" },
    { value: "none", label: "No graphics card", note: "processor only", search: "none no graphics card cpu processor" },
    ...gpus.map((gpu) => ({
      value: gpu.id,
      label: gpu.title,
      note: memoryShort(gpu.vram),
      search: [gpu.title, gpu.id, ...gpu.aliases].join(" ").toLowerCase(),
    })),
  ];
  const take = (value) => {
    const { ram, disk, os } = stated;
    if (value === HERE) update({ machine: {} });
    // A chip has its own memory, and macOS goes with Apple's chips only: what no longer fits is not kept.
    else {
      const gpu = gpus.find((one) => one.id === value);
      const apple = gpu?.vendor === "apple";
      const kept = gpu?.unified ? {} : { ram: stated.ram };
      const system = (os === "macos") === apple ? os : undefined;
      update({ machine: tidy({ gpus: [value], ...kept, disk, os: system, ...(ram && !gpu?.unified ? { ram } : {}) }) });
    }
  };
  const text = machine.gpus.map((gpu) => gpu.name).join(" + ") || "No graphics card";
  return html`
    <${Combobox} id="gpu" label="Graphics card" ...${{ entries, text, take }} placeholder=${`Search ${gpus.length} cards`} />`;
}

const tidy = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function Rest({ machine, stated }) {
  const disk = Math.round(machine.disk_free / 10 ** 9);
  return html`
    <div class="rest">
      <div class="field">
        <label for="os" class="field-label">System</label>
        <select id="os" value=${machine.os} disabled=${!machine.simulated} onChange=${(event) => setMachine({ os: event.target.value })}>
          ${SYSTEMS.map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="disk" class="field-label">Free disk, GB</label>
        <input
          id="disk"
          type="number"
          min="0"
          max="100000"
          value=${disk}
          onChange=${(event) => event.target.checkValidity() && event.target.value !== "" && setMachine({ disk: Number(event.target.value) * 10 ** 9 })}
        />
      </div>
      ${
        Object.keys(stated).length > 0 &&
        html`<button type="button" class="quiet" onClick=${() => update({ machine: {} })}>Back to this computer</button>`
      }
    </div>
  `;
}
