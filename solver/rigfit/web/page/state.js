/**
 * What a person has chosen, as one plain object, and the same as an address: whatever is on the page can be shared,
 * and back and forward work. Only what differs from the usual is written.
 *
 * @typedef {object} State
 * @property {object} answers        question of the flow -> answer, apart from those about the machine
 * @property {object} machine        what is stated of the machine: gpus, vram, ram, disk, os; empty: this computer
 * @property {object[]|null} tasks   tasks in place of those that the answers come to; null: as they have them
 * @property {object} policies       policies in place of those that the answers come to
 * @property {string[]} open         sections that are unfolded
 * @property {string|null} model     the model that "why not" is asked about
 */

import { GIB, MIB } from "./format.js";

export const EMPTY = Object.freeze({ answers: {}, machine: {}, tasks: null, policies: {}, open: [], model: null });

const LISTS = ["features", "wishes", "models", "exclude"];
const SIZES = ["width", "height", "batch", "frames", "fps", "seconds", "context", "steps"];
const WORDS = ["style", "complexity", "together"];
const AMOUNTS = { vram: true, ram: true, disk: false };
const POLICY = "policies.";
const OWN = new Set(["gpu", "os", "task", "show", "model", ...Object.keys(AMOUNTS)]);

/** Exact, and as short as it can be said: "12GB" is 12 GiB of memory, "200GB" 200 * 10^9 of disk. */
export function amountText(bytes, memory) {
  const units = memory
    ? [
        [GIB, "GB"],
        [MIB, "MB"],
      ]
    : [
        [10 ** 9, "GB"],
        [10 ** 6, "MB"],
      ];
  const found = units.find(([unit]) => bytes % unit === 0);
  return found ? `${bytes / found[0]}${found[1]}` : `${bytes}B`;
}

function amountOf(text, memory) {
  const found = /^(\d+(?:\.\d+)?)\s*(GB|MB|B)$/i.exec(text.trim());
  if (!found) return null;
  const units = memory ? { GB: GIB, MB: MIB, B: 1 } : { GB: 10 ** 9, MB: 10 ** 6, B: 1 };
  return Math.round(Number(found[1]) * units[found[2].toUpperCase()]);
}

/** One task in one word of the address: "image_generation;features=lora;width=768". */
export function taskText(task) {
  const parts = [task.task];
  for (const name of LISTS) if (task[name]?.length) parts.push(`${name}=${task[name].join(",")}`);
  for (const name of WORDS) if (task[name] && task[name] !== "no_preference") parts.push(`${name}=${task[name]}`);
  for (const name of SIZES) if (task.size?.[name] != null) parts.push(`${name}=${task.size[name]}`);
  const variants = Object.entries(task.variants ?? {}).map(([role, key]) => `${role}:${key}`);
  if (variants.length) parts.push(`variants=${variants.join(",")}`);
  if (task.importance != null && task.importance !== 10) parts.push(`importance=${task.importance}`);
  return parts.join(";");
}

export function taskOf(text) {
  const [name, ...parts] = text.split(";");
  const task = { task: name };
  for (const part of parts) {
    const [key, value = ""] = part.split(/=(.*)/s);
    if (LISTS.includes(key)) task[key] = value.split(",").filter(Boolean);
    else if (WORDS.includes(key)) task[key] = value;
    else if (SIZES.includes(key)) task.size = { ...task.size, [key]: Number(value) };
    else if (key === "variants") task.variants = Object.fromEntries(value.split(",").map((one) => one.split(":")));
    else if (key === "importance") task.importance = Number(value);
  }
  return task;
}

/** @returns {string} the part of the address after "#", without it; empty for a page nobody touched */
export function addressOf(state) {
  const said = new URLSearchParams();
  for (const [question, answer] of Object.entries(state.answers)) said.set(question, [answer].flat().join(","));
  for (const task of state.tasks ?? []) said.append("task", taskText(task));
  for (const name of state.machine.gpus ?? []) said.append("gpu", name);
  for (const [name, memory] of Object.entries(AMOUNTS)) {
    if (state.machine[name] != null) said.set(name, amountText(state.machine[name], memory));
  }
  if (state.machine.os) said.set("os", state.machine.os);
  for (const [name, value] of Object.entries(state.policies)) said.set(POLICY + name, JSON.stringify(value));
  if (state.open.length) said.set("show", state.open.join(","));
  if (state.model) said.set("model", state.model);
  return said.toString().replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%3B/g, ";").replace(/%3D/g, "=");
}

/** @returns {State} what an address says; what it says wrongly is left out */
export function stateOf(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const machine = {};
  if (said.has("gpu")) machine.gpus = said.getAll("gpu");
  for (const [name, memory] of Object.entries(AMOUNTS)) {
    const amount = said.has(name) ? amountOf(said.get(name), memory) : null;
    if (amount !== null) machine[name] = amount;
  }
  if (said.has("os")) machine.os = said.get("os");
  const answers = {};
  const policies = {};
  for (const [name, value] of said) {
    if (name.startsWith(POLICY)) {
      try {
        policies[name.slice(POLICY.length)] = JSON.parse(value);
      } catch {
        // a policy nobody can read is not taken
      }
    } else if (value && !OWN.has(name)) answers[name] = value.includes(",") ? value.split(",") : value;
  }
  return {
    answers,
    machine,
    tasks: said.has("task") ? said.getAll("task").map(taskOf) : null,
    policies,
    open: (said.get("show") ?? "").split(",").filter(Boolean),
    model: said.get("model"),
  };
}

/** What is stated of the machine, as answers to the flow's first question. */
export function machineAnswers(machine) {
  const typed = {};
  for (const [name, memory] of Object.entries(AMOUNTS)) {
    if (machine[name] != null) typed[name] = amountText(machine[name], memory);
  }
  if (machine.gpus?.length)
    return { machine: "other", card: machine.gpus, ...typed, ...(machine.os ? { os: machine.os } : {}) };
  return { machine: Object.keys(typed).length ? "corrected" : "this", ...typed };
}

/** Something is asked for: the first page is left. */
export const isAsked = (state) => Boolean(state.answers.goal || state.tasks);

/** The request: what the answers come to, with what was changed by hand; null as long as nothing is asked for. */
export function requestOf(state, flow) {
  const base = flow?.request;
  const tasks = state.tasks ?? base?.tasks ?? [];
  if (!base || !isAsked(state) || !tasks.length) return null;
  const { machine: _, policies, ...rest } = bare(base);
  const request = { ...rest, tasks: tasks.map(bare), policies: bare({ ...policies, ...state.policies }) };
  if (Object.keys(state.machine).length) request.machine = state.machine;
  return request;
}

/** Without what says nothing: null, an empty list, an empty object. */
export function bare(value) {
  const said = ([, one]) => one != null && !(typeof one === "object" && Object.keys(one).length === 0);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, one]) => [name, one && typeof one === "object" && !Array.isArray(one) ? bare(one) : one])
      .filter(said),
  );
}
