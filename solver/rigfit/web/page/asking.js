/** Asking the server while things change: the newest question wins, and what was shown stays until it is answered. */

import * as api from "./api.js";
import { useEffect, useRef, useState } from "./html.js";

const REST = 220; // milliseconds without a change after which the whole answer is asked for
const AGAIN = 2000; // milliseconds until a server that was gone is asked again

const isAbort = (problem) => problem.name === "AbortError";
/** Asked again it may be answered: the server is gone or busy for now. */
const passes = (problem) => problem.kind === "offline" || problem.kind === "busy";

/**
 * The answer to a request: the quick one at once, one question in flight and the newest waiting, so that it follows a
 * slider without falling behind; the whole one when nothing has changed for a moment.
 * @returns {{quick: object|null, full: object|null, of: string|null, problem: ApiError|null, busy: boolean}}
 *   `full` is null while it would not be the answer to the request as it stands; `quick` is the last that came.
 */
export function useAnswer(request) {
  const [shown, show] = useState({ quick: null, full: null, of: null, problem: null, busy: false });
  const key = request && JSON.stringify(request);
  const flight = useRef({ waiting: null, on: false, asked: 0, shown: 0 });

  useEffect(() => {
    if (!request) {
      show({ quick: null, full: null, of: null, problem: null, busy: false });
      return undefined;
    }
    const gone = new AbortController();
    const number = ++flight.current.asked;
    show((last) => ({ ...last, problem: last.problem?.kind === "input" ? null : last.problem, busy: true }));
    follow(flight.current, { request, signal: gone.signal, take });
    function take(quick) {
      if (number <= flight.current.shown) return; // something newer is there already
      flight.current.shown = number;
      show((last) => ({ ...last, quick, problem: null }));
    }
    let timer = setTimeout(rest, REST);
    async function rest() {
      try {
        const full = await api.solve(request, gone.signal);
        flight.current.shown = number;
        show({ quick: full, full, of: key, problem: null, busy: false });
      } catch (problem) {
        if (isAbort(problem)) return;
        show((last) => ({ ...last, problem, busy: false }));
        if (passes(problem)) timer = setTimeout(rest, AGAIN);
      }
    }
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [key]);
  // A whole answer to something else is none: what is read aloud or compared belongs to the request as it stands.
  return shown.of === key ? shown : { ...shown, full: null, busy: request !== null && !shown.problem };
}

/** Quick questions one after another, the newest next; those that were overtaken while they waited are never asked. */
async function follow(flight, question) {
  flight.waiting = question;
  if (flight.on) return;
  flight.on = true;
  while (flight.waiting) {
    const { request, signal, take } = flight.waiting;
    flight.waiting = null;
    const quick = await api.quick(request).catch(() => null); // the whole answer says what is wrong
    // Overtaken on the way it is still newer than what is shown; but not where nothing is asked for any more.
    if (quick && (!signal.aborted || flight.waiting)) take(quick);
  }
  flight.on = false;
}

/**
 * What the server says to a question that stands still: null until it is there, then kept until the next is.
 * @param {string|null} key  what the question depends on; null asks nothing
 * @param {(signal: AbortSignal) => Promise} question
 * @param {number} wait  milliseconds to stand still before it is asked
 */
export function useAsked(key, question, wait = 0) {
  const [state, set] = useState({ key: null, value: null, problem: null, busy: false });
  useEffect(() => {
    if (key === null) return undefined;
    const gone = new AbortController();
    set((last) => ({ ...last, busy: true }));
    let timer = setTimeout(ask, wait);
    async function ask() {
      try {
        set({ key, value: await question(gone.signal), problem: null, busy: false });
      } catch (problem) {
        if (isAbort(problem)) return;
        set((last) => ({ ...last, key, problem, busy: false }));
        if (passes(problem)) timer = setTimeout(ask, AGAIN);
      }
    }
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [key]);
  return { ...state, fresh: state.key === key && state.value !== null && state.problem === null };
}
