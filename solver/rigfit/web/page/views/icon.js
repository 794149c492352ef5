/** A few line drawings, one for each goal. */

import { html } from "../html.js";

const PATHS = {
  photorealism: "M4 8h3l1.5-2.5h7L17 8h3v11H4zM12 17a3.5 3.5 0 100-7 3.5 3.5 0 000 7z",
  illustration: "M4 20l1-4L16 5l3 3L8 19zM13.5 7.5l3 3M4 20h6",
  video: "M3 6h12v12H3zM15 10.5l6-3v9l-6-3",
  lightweight: "M20 4c-8 0-13 4-13 10 0 1 .2 2 .5 3M4 21c2-5 6-9 11-11M20 4c0 8-4 13-10 13-1 0-1.800-.2-2.500-.5",
  "character-consistency":
    "M9 11a3.200 3.200 0 100-6.400A3.200 3.200 0 009 11zM3 20c0-3.500 2.500-6 6-6s6 2.500 6 6M16 11a3 3 0 000-6M17.500 14.500c2.200.8 3.500 2.900 3.500 5.500",
  own: "M4 6h10M18 6h2M4 12h2M10 12h10M4 18h8M16 18h4M16 4v4M8 10v4M14 16v4",
};

export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name] ?? PATHS.own} /></svg>
`;
