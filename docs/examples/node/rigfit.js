// A client for the HTTP API of rigfit: plain fetch, no dependencies. Works in Node 18 and in Electron's main process.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What the server refused, in its own words. */
export class RigfitError extends Error {
  constructor(status, { message, where = null, nearest = [] }) {
    super(message);
    this.name = "RigfitError";
    this.status = status;
    this.where = where; // the field, like "body.tasks.0.size.width"
    this.nearest = nearest; // names that exist and look like one that does not
  }
}

export class Rigfit {
  /** @param {string} address like "http://127.0.0.1:8765" */
  constructor(address) {
    this.address = address.replace(/\/+$/, "");
  }

  about = (options) => this.#ask("GET", "about", undefined, options);
  machine = (stated, options) => this.#ask(stated ? "POST" : "GET", "machine", stated, options);
  presets = (options) => this.#ask("GET", "presets", undefined, options);
  vocabulary = (options) => this.#ask("GET", "vocabulary", undefined, options);
  gpus = async (options) => (await this.#ask("GET", "gpus", undefined, options)).gpus;
  flow = (answers = {}, options) => this.#ask("POST", "flow", { answers }, options);
  solve = (request, options) => this.#ask("POST", "solve", request, options);
  why = (request, model, options) => this.#ask("POST", "why", { request, model }, options);
  whyNot = (request, model = null, options = {}) => this.#ask("POST", "why-not", { request, model }, options);
  whatIf = (request, what, options) => this.#ask("POST", "whatif", { request, ...what }, options);
  upgrade = (request, what = {}, options = {}) => this.#ask("POST", "upgrade", { request, ...what }, options);
  cost = (request, what = {}, options = {}) => this.#ask("POST", "cost", { request, ...what }, options);
  estimate = (one, options) => this.#ask("POST", "estimate", one, options);

  /** The bundles alone, for a slider. A new question takes the place of one that is still under way: that gives null. */
  quick = async (request) => {
    this.#dragging?.abort();
    const dragging = (this.#dragging = new AbortController());
    try {
      return await this.#ask("POST", "quick", request, { signal: dragging.signal });
    } catch (problem) {
      if (problem.name === "AbortError") return null;
      throw problem;
    }
  };
  #dragging = null;

  /** Estimates of many cases, each as soon as it is there: `for await (const one of rigfit.estimates(cases)) ...` */
  async *estimates(cases, { signal } = {}) {
    const response = await this.#send("POST", "estimates?lines=true", cases, signal);
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const one = JSON.parse(line);
        if (one.error?.message) throw new RigfitError(response.status, one.error); // the server could not go on
        yield one; // a case that is wrong has `error`, a text
      }
    }
  }

  async #ask(method, path, body, { signal } = {}) {
    return (await this.#send(method, path, body, signal)).json();
  }

  async #send(method, path, body, signal) {
    const response = await fetch(`${this.address}/v1/${path}`, {
      method,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({ error: { message: response.statusText } }));
    throw new RigfitError(response.status, error);
  }
}

/**
 * Start `rigfit serve` on a free port and wait until it takes questions.
 *
 * @param {{command?: string[], options?: string[], onOutput?: (line: string) => void}} setup
 * @returns {Promise<{rigfit: Rigfit, stop: () => Promise<void>, ended: Promise<number | null>}>}
 */
export async function start({ command = ["rigfit"], options = [], onOutput = () => {} } = {}) {
  const child = spawn(command[0], [...command.slice(1), "serve", "--port", "0", "--with-parent", ...options], {
    stdio: ["pipe", "pipe", "pipe"], // it ends when its standard input does: also when this process crashes
    windowsHide: true,
  });
  const said = [];
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject); // there is no such program
    child.once("close", resolve);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line);
    onOutput(line);
  });
  const address = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /^listening on (http:\/\/\S+)$/.exec(line);
      if (found) resolve(found[1]);
    });
  });
  const first = await Promise.race([address, ended.then((code) => Promise.reject(new Error(
    `rigfit ended with ${code} before it took questions: ${said.join(" ")}`)))]);
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  return { rigfit: new Rigfit(first), stop, ended };
}
