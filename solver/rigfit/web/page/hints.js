/** What a reason proposes, taken as a change of the choices: each `hint` of the answer is one closed shape. */

import { MIB } from "./format.js";

const POLICIES = { allow_runtimes: { runtimes: [] }, allow_territory: { territory: null } };

/** Where the flow asks about it, the answer is changed in place of the policy, so that the page shows it. */
const ANSWERS = { allow_licence: { licence: "personal" }, allow_experimental: { experimental: "yes" } };

/** Up to a whole MiB: what is bought in whole MiB is never less than needed. */
export const whole = (bytes) => Math.ceil(bytes / MIB) * MIB;

const without = (list = [], gone) => list.filter((one) => one !== gone);

/** A change of one task, by the name of the hint. */
const TASKS = {
  drop_feature: (task, hint) => ({ features: without(task.features, hint.feature), complexity: null }),
  allow_models: () => ({ models: [], exclude: [] }),
  allow_variants: () => ({ variants: {} }),
  name_model: (task, hint) => (hint.model ? { models: [hint.model] } : {}),
  lower_size: ({ size = {} }, hint) => ({
    size: {
      ...size,
      width: hint.width || null,
      height: hint.height || null,
      batch: hint.batch,
      frames: hint.frames > 1 ? hint.frames : null,
      context: hint.context || null,
    },
  }),
};

/**
 * @param {State} state
 * @param {object} request  as it stands
 * @param {object[]} hints
 * @returns {object|null}  the fields of the state that change; null where a hint is nothing one can press
 */
export function applied(state, request, hints) {
  let tasks = request.tasks.map((task, number) => ({ ...task, number }));
  let policies = { ...state.policies };
  let answers = { ...state.answers };
  const machine = { ...state.machine };
  for (const hint of hints) {
    if (hint.hint === "drop_task") tasks = tasks.filter((task) => task.number !== hint.task);
    else if (hint.hint in TASKS) {
      tasks = tasks.map((task) => (task.number === hint.task ? { ...task, ...TASKS[hint.hint](task, hint) } : task));
    } else if (hint.hint === "in_turn") {
      tasks = tasks.map((task) => (task.together === hint.group ? { ...task, together: null } : task));
    } else if (hint.hint in ANSWERS) answers = { ...answers, ...ANSWERS[hint.hint] };
    else if (hint.hint in POLICIES) policies = { ...policies, ...POLICIES[hint.hint] };
    else if (hint.hint === "raise_time" && hint.milliseconds) policies.max_time = `${hint.milliseconds} ms`;
    else if (hint.hint === "raise_budget") {
      policies[hint.budget] = hint.money ? `${hint.money / 10 ** 6} USD` : hint.bytes;
    } else if (hint.hint === "more_vram" && hint.bytes) machine.vram = whole(hint.bytes);
    else if (hint.hint === "more_ram" && hint.bytes) machine.ram = whole(hint.bytes);
    else if (hint.hint === "free_disk" && hint.bytes) machine.disk = hint.bytes;
    else return null;
  }
  const touched = hints.some((hint) => "task" in hint || "group" in hint);
  const changed = touched && tasks.map(({ number: _, ...task }) => task);
  return { answers, policies, machine, ...(changed ? { tasks: changed } : {}) };
}
