/** Names as people write them, from what the server says of tasks, features, variants, runtimes and licences. */

const SHORT_TASKS = { three_d: "3D" };
const ROLES = { t5xxl: "T5", umt5xxl: "UMT5", qwen25_vl: "Qwen2.5-VL", clip_l: "CLIP-L", clip_g: "CLIP-G" };
const MAIN_ROLES = ["denoiser", "denoiser_high", "denoiser_low", "refiner", "t5xxl", "umt5xxl", "qwen25_vl"];
/** Ids of two words and more; not after an option, a colon or the word that says what kind of id it is. */
const ID = /(?<![-:.\w])(?<!--task )(?<!--need )(?<!rule )[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!:?\w)/g;
/** Options of the command line, which a page has no use for. */
const OPTION = /\s*\((?:no )?(?:--|policies\.)[^)]*\)/g;

export const PHASES = { text_encode: "Text", denoise: "Denoise", decode: "Decode", prefill: "Prompt", run: "Run" };
export const PLACEMENTS = {
  resident: "all on the card",
  offloaded: "parts take turns on the card",
  streamed: "streamed from RAM",
  cpu: "on the processor",
  cloud: "at a service",
};

let known = { tasks: {}, features: {}, precisions: {}, runtimes: {}, models: {}, licences: {}, nodes: {} };

const byId = (entries = []) => Object.fromEntries(entries.map((one) => [one.id, one]));

/** Take what the server knows; once, before anything is shown. */
export function learn(vocabulary) {
  known = Object.fromEntries(Object.keys(known).map((name) => [name, byId(vocabulary[name])]));
}

export const plain = (id) => id.replaceAll("_", " ");
export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
export const sentence = (text) => capital(/[.!?]$/.test(text) ? text : `${text}.`);
export const task = (id) => SHORT_TASKS[id] ?? plain(id);
export const taskTitle = (id) => known.tasks[id]?.title ?? capital(task(id));
export const unit = (id) => known.tasks[id]?.unit ?? "result";
export const variant = (id) => known.precisions[id]?.short ?? id;
export const runtime = (id) => known.runtimes[id]?.title ?? id;
export const node = (id) => known.nodes[id]?.title ?? id;
/** A licence: title, and where they are known the address of its text and what to note. */
export const licence = (id) => known.licences[id] ?? { title: id };
export const model = (id) => known.models[id]?.title ?? id;
export const an = (noun) => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;

/** A feature as people say it: "voice cloning", "structural control (depth)". */
export function feature(id) {
  const [base, qualifier] = id.split(":");
  let title = known.features[base]?.title.split(":")[0] ?? plain(base);
  const rest = title.split(" ")[0].slice(1);
  if (rest && rest === rest.toLowerCase() && rest !== rest.toUpperCase())
    title = title[0].toLowerCase() + title.slice(1);
  return qualifier ? `${title} (${plain(qualifier)})` : title;
}

/** The precisions that matter, the network first, then its large encoders: "SVDQuant int4 + T5 Q5_K_S". */
export function variants(of) {
  const named = MAIN_ROLES.filter((role) => role in of);
  const shown = (named.length ? named : Object.keys(of).sort().slice(0, 2)).filter((role) => role !== "denoiser_low");
  const label = (role) => (role.startsWith("denoiser") ? "" : `${ROLES[role] ?? plain(role)} `);
  return shown.map((role) => label(role) + variant(of[role])).join(" + ");
}

export const role = (id) => ROLES[id] ?? plain(id);

/** A sentence of the server with ids as people write them, and without options of the command line. */
export function readable(text) {
  return text.replace(OPTION, "").replace(ID, (id) => {
    if (id in known.precisions) return variant(id);
    if (id in known.features) return feature(id);
    return id in known.tasks ? task(id) : id;
  });
}
