/** The server: one function for each thing it answers. Every error is an `ApiError` whose text can be shown. */

/** @property {"offline"|"input"|"busy"|"fault"} kind what went wrong, for what the page says beside the text */
export class ApiError extends Error {
  constructor(kind, text) {
    super(text);
    this.kind = kind;
  }
}

const GONE = "The rigfit server does not answer. Start it again with “rigfit serve”; this page goes on by itself.";

async function ask(path, { body, signal, as = "json" } = {}) {
  let reply;
  try {
    reply = await fetch(path, {
      signal,
      method: body === undefined ? "GET" : "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new ApiError("offline", GONE);
  }
  if (!reply.ok) throw await refusal(reply);
  return as === "blob" ? reply.blob() : reply.json();
}

async function refusal(reply) {
  const document = await reply.json().catch(() => ({}));
  const text = document.error?.message;
  const kind = reply.status < 500 && reply.status !== 429 ? "input" : reply.status === 500 ? "fault" : "busy";
  return new ApiError(kind, text ?? `The server answered ${reply.status}.`);
}

export const about = () => ask("/v1/about");
export const gpus = () => ask("/v1/gpus");
/** Titles of all that a request and an answer can name. */
export async function vocabulary() {
  const named = ["precisions", "nodes", "licences"];
  const [words, ...entries] = await Promise.all([
    ask("/v1/vocabulary"),
    ...named.map((name) => ask(`/v1/catalog/${name}`)),
  ]);
  return { ...words, ...Object.fromEntries(named.map((name, place) => [name, entries[place]])) };
}
/** The questions that are asked after some answers; with the options of the question `outcomes` solved on the machine. */
export const flow = (answers, outcomes, signal) =>
  ask("/v1/flow", { body: { answers, ...(outcomes ? { outcomes_of: outcomes } : {}) }, signal });
/** The machine as it would be with what is stated of it; nothing stated: this computer. */
export const machine = async (stated, signal) => (await ask("/v1/machine", { body: stated, signal })).machine;
/** Everything: bundles, reasons, record. */
export const solve = (request, signal) => ask("/v1/solve", { body: request, signal });
/** The verdict and the bundles alone: quick enough to follow a slider. */
export const quick = (request, signal) => ask("/v1/quick", { body: request, signal });
export const whatif = (request, vary, signal) => ask("/v1/whatif", { body: { request, vary }, signal });
export const whyNot = (request, model, signal) => ask("/v1/why-not", { body: { request, model }, signal });
export const cost = (request, asked, signal) => ask("/v1/cost", { body: { request, ...asked }, signal });
/** A workflow, as text, held against the machine and the policies of a request; with what could stand in for it. */
export const fix = (workflow, { machine, policies }) =>
  ask("/v1/fix", { body: { workflow, policies, ...(machine ? { machine } : {}) } });
/** Everything that makes the bundle of a rank run, as a zip. */
export const emit = (request, bundle) => ask("/v1/emit", { body: { request, bundle }, as: "blob" });
