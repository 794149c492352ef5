"""The style of a report page: one hue, light and dark, in print too."""

from __future__ import annotations

# The steps of the heat map stay so near the page's own colour that its ink keeps a contrast of 7 on each.
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#12201f, #e6eceb); --soft: light-dark(#4b5c5a, #a3b3b0);
  --line: light-dark(#d9e1df, #2d3a38); --page: light-dark(#fbfcfc, #131a19); --mark: light-dark(#0f6e69, #6cc7bf);
  --rail: light-dark(#e7eeec, #243130); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 82rem; padding: 3rem 1.5rem 5rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
h1 { font-size: 1.9rem; font-weight: 600; letter-spacing: -0.015em; margin: 0 0 0.25rem; }
h2 { font-size: 1.15rem; font-weight: 600; margin: 3rem 0 0.25rem; }
p, caption, .small { color: var(--soft); }
p { margin: 0 0 1rem; max-width: 46rem; }
.small { display: block; font-size: 0.8rem; line-height: 1.35; }
.bars { margin: 1.25rem 0 0; display: grid; gap: 1.1rem; }
.bars > div { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: 0 1.5rem; }
dt { font-weight: 600; overflow-wrap: anywhere; }
dd { margin: 0; }
.bar { display: block; position: relative; height: 0.6rem; margin: 0.35rem 0; border-radius: 0.3rem;
  background: var(--rail); overflow: hidden; }
.fill, .band, .mark { position: absolute; top: 0; bottom: 0; background: var(--mark); }
.fill { left: 0; }
.band { opacity: 0.45; }
.mark { width: 3px; margin-left: -1.5px; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 2px solid var(--mark); outline-offset: 4px; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: 0 0 0.75rem; font-size: 0.95rem; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem; border-bottom: 1px solid var(--line); }
thead th { font-weight: 500; color: var(--soft); font-size: 0.9rem; white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
tr > :first-child { padding-left: 0; }
thead th.number, .number { text-align: right; white-space: nowrap; }
.why { color: var(--soft); font-size: 0.9rem; }
.heat { border-collapse: separate; border-spacing: 3px; }
.heat th, .heat td { border: 0; }
.heat thead th { padding-left: 0.5rem; padding-right: 0.5rem; }
.heat tr > :first-child { position: sticky; left: 0; padding-left: 0; background: var(--page); }
td.why { min-width: 15rem; }
.heat td { min-width: 4.4rem; padding: 0.4rem 0.5rem; border-radius: 0.35rem; font-weight: 600;
  white-space: nowrap; }
.heat td .small { font-weight: 400; font-size: 0.72rem; color: inherit;
  white-space: normal; }
.heat .none { color: var(--soft); font-weight: 400; font-size: 0.8rem; border: 1px dashed var(--line); }
.note { border-left: 3px solid var(--mark); padding-left: 0.9rem; margin-top: 2.5rem; }
.s0 { background: light-dark(oklch(0.975 0.012 195), oklch(0.235 0.012 195)); }
.s1 { background: light-dark(oklch(0.952 0.021 195), oklch(0.257 0.018 195)); }
.s2 { background: light-dark(oklch(0.928 0.031 195), oklch(0.278 0.024 195)); }
.s3 { background: light-dark(oklch(0.904 0.040 195), oklch(0.299 0.030 195)); }
.s4 { background: light-dark(oklch(0.881 0.050 195), oklch(0.321 0.036 195)); }
.s5 { background: light-dark(oklch(0.857 0.059 195), oklch(0.342 0.042 195)); }
.s6 { background: light-dark(oklch(0.834 0.069 195), oklch(0.364 0.048 195)); }
.s7 { background: light-dark(oklch(0.810 0.079 195), oklch(0.385 0.054 195)); }
.s8 { background: light-dark(oklch(0.787 0.088 195), oklch(0.407 0.060 195)); }
.s9 { background: light-dark(oklch(0.763 0.097 195), oklch(0.428 0.066 195)); }
.s10 { background: light-dark(oklch(0.740 0.107 195), oklch(0.450 0.072 195)); }
@media (max-width: 40rem) { .bars > div { grid-template-columns: 1fr; } body { padding: 1.5rem 1rem 3rem; }
  .heat tbody th { white-space: normal; } }
@media print { body { max-width: none; } .wide { overflow: visible; } * { print-color-adjust: exact; } }
"""
