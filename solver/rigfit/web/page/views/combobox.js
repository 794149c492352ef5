/**
 * A field that searches as one types: the combobox pattern of the ARIA practices, with a list that filters.
 * Arrow keys move, Enter takes, Escape closes and gives back what was there.
 */

import { html, useEffect, useRef, useState } from "../html.js";

const SHOWN = 60;

/** Entries whose text has every typed word; those that begin with what was typed come first. */
export function matching(entries, typed) {
  const tokens = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((one) => tokens.every((token) => one.search.includes(token)));
  const first = (one) => (one.label.toLowerCase().includes(tokens.join(" ")) ? 0 : 1);
  return tokens.length ? found.sort((a, b) => first(a) - first(b)) : found;
}

/**
 * @param {string} id
 * @param {string} label
 * @param {{value: string, label: string, note?: string, search: string}[]} entries  `search` in lower case
 * @param {string} text   what the field shows while nobody types
 * @param {(value: string) => void} take
 */
export function Combobox({ id, label, entries, text, placeholder, take, hidden = false }) {
  const [typed, type] = useState(null);
  const [at, move] = useState(0);
  const list = useRef(null);
  const open = typed !== null;
  const found = open ? matching(entries, typed) : [];
  const shown = found.slice(0, SHOWN);
  const active = shown[at];

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, typed]);

  function choose(entry) {
    type(null);
    if (entry) take(entry.value);
  }

  function key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!open) type("");
      else if (shown.length) move((at + step + shown.length) % shown.length);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      type(null);
    }
  }

  return html`
    <div class="combobox">
      <label for=${id} class=${hidden ? "visually-hidden" : "field-label"}>${label}</label>
      <input
        id=${id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck=${false}
        aria-autocomplete="list"
        aria-expanded=${open}
        aria-controls=${`${id}-list`}
        aria-activedescendant=${open && active ? `${id}-${at}` : undefined}
        placeholder=${placeholder}
        value=${open ? typed : text}
        onFocus=${(event) => event.target.select()}
        onClick=${() => open || type("")}
        onInput=${(event) => {
          type(event.target.value);
          move(0);
        }}
        onKeyDown=${key}
        onBlur=${() => type(null)}
      />
      <ul id=${`${id}-list`} role="listbox" aria-label=${label} hidden=${!open} ref=${list}>
        ${shown.map(
          (one, number) => html`
            <li
              key=${one.value}
              id=${`${id}-${number}`}
              role="option"
              aria-selected=${number === at}
              onPointerDown=${(event) => {
                event.preventDefault();
                choose(one);
              }}
            >
              <span>${one.label}</span>${one.note && html`<span class="soft">${one.note}</span>`}
            </li>
          `,
        )}
        ${
          open &&
          !shown.length &&
          html`
          <li class="none" role="option" aria-disabled="true" aria-selected="false">Nothing of that name</li>`
        }
        ${
          found.length > SHOWN &&
          html`<li class="none" role="option" aria-disabled="true" aria-selected="false">
          ${found.length - SHOWN} more: type on</li>`
        }
      </ul>
      <span class="visually-hidden" role="status">${open ? `${found.length} found` : ""}</span>
    </div>
  `;
}
