/** The state of the page: read from the address, changed by views, written back to the address. */

import { useEffect, useState } from "./html.js";
import { addressOf, EMPTY, stateOf } from "./state.js";

let state = stateOf(location.hash);
const listeners = new Set();

export const current = () => state;

/**
 * Change some of the state.
 * @param {object} changes  fields of the state
 * @param {boolean} passing  while a slider is dragged: the address follows, and "back" skips it
 */
export function update(changes, { passing = false } = {}) {
  state = { ...state, ...changes };
  const address = addressOf(state);
  const url = address ? `#${address}` : location.pathname;
  if (passing || location.hash === `#${address}`) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  for (const listener of listeners) listener(state);
}

export const setMachine = (changes, how) => update({ machine: without({ ...state.machine, ...changes }) }, how);
export const setPolicies = (changes) => update({ policies: without({ ...state.policies, ...changes }) });

/** Answer a question of the flow; what was changed by hand on the jobs stays only where it is not about them. */
export const setAnswer = (question, value) =>
  update({ answers: { ...state.answers, [question]: value }, ...(question === "goal" ? { tasks: null } : {}) });

/** Back to the first page, on the same machine. */
export const startOver = () => update({ ...EMPTY, machine: state.machine });

/** Unfold or fold a section. */
export function setOpen(name, open, more = {}) {
  const others = state.open.filter((one) => one !== name);
  update({ open: open ? [...others, name] : others, ...more }, { passing: true });
}

function without(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}

window.addEventListener("popstate", () => {
  state = stateOf(location.hash);
  for (const listener of listeners) listener(state);
});

/** The state, anew whenever it changes. */
export function useStore() {
  const [value, set] = useState(state);
  useEffect(() => {
    listeners.add(set);
    set(state);
    return () => listeners.delete(set);
  }, []);
  return value;
}
