/** What every view needs of the vendored libraries, in one place: templates, and the hooks of preact. */

import htm from "./vendor/htm.js";
import { Fragment, h, render } from "./vendor/preact.js";

export const html = htm.bind(h);
export { Fragment, render };
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.js";
