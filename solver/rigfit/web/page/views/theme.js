/** Light, dark, or as the system has it. */

import { html, useEffect, useState } from "../html.js";

const KEY = "rigfit.theme";
const NEXT = { system: "light", light: "dark", dark: "system" };
const NAMES = { system: "as the system", light: "light", dark: "dark" };

const stored = () => {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system"; // storage is switched off
  }
};

export function Theme() {
  const [theme, set] = useState(stored);
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // it lasts as long as the page then
    }
  }, [theme]);
  return html`
    <button type="button" class="quiet theme" onClick=${() => set(NEXT[theme])}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a9 9 0 100 18V3z" class="solid" />
        <circle cx="12" cy="12" r="9" /></svg>
      <span class="visually-hidden">Colours: ${NAMES[theme]}. Change to ${NAMES[NEXT[theme]]}</span>
    </button>
  `;
}
