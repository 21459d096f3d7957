/** The report's style sheet: a row for each method, a column for each class, light or dark as the reader's system is. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1b2130; --soft: #5d6679; --paper: #fbfbfd; --card: #ffffff; --line: #dde1ea; --accent: #2f62d0; --shade: #eef2fb; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf3; --soft: #99a3b8; --paper: #10131a; --card: #191e29; --line: #2d3546; --accent: #8aa9ff; --shade: #1e2638; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1280px; padding: 32px 24px 56px; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 1.25rem; margin: 48px 0 4px; }
h3 { font-size: 1.05rem; margin: 0 0 6px; }
p { margin: 6px 0; }
.soft { color: var(--soft); }
.small { font-size: 0.85rem; }
.top { display: grid; grid-template-columns: minmax(220px, 340px) 1fr; gap: 32px; align-items: center; margin-top: 24px; }
.top img { width: 100%; border-radius: 10px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); font-weight: normal; }
th { color: var(--soft); font-size: 0.85rem; }
tr.asked td:first-child { font-weight: 600; }
tr.asked td:first-child::after { content: "explained below"; margin-left: 8px; padding: 1px 7px; border-radius: 9px; background: var(--shade); color: var(--accent); font-size: 0.75rem; font-weight: normal; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
meter { width: 100%; min-width: 90px; height: 14px; }
.scale { display: flex; align-items: center; gap: 8px; max-width: 460px; }
.scale i { flex: 1; height: 10px; border-radius: 5px; background: linear-gradient(90deg, #000080, #0000ff 11%, #00ffff 36%, #ffff00 64%, #ff0000 89%, #800000); }
.rows { --classes: 1; overflow-x: auto; }
.row { display: grid; grid-template-columns: 230px repeat(var(--classes), minmax(220px, 1fr)); gap: 12px 20px; padding: 16px 0; border-top: 1px solid var(--line); }
.row.heads { border: 0; padding: 8px 0; font-weight: 600; }
.row.heads > :not(:first-child) { padding: 4px 12px; border-radius: 8px; background: var(--shade); color: var(--accent); }
figure { margin: 0; min-width: 0; }
figure .pair { display: flex; gap: 8px; }
figure .pair img { flex: 1 1 0; min-width: 0; width: 50%; max-width: 440px; }
figure img { width: 100%; max-width: 360px; height: auto; display: block; border-radius: 6px; background: var(--card); }
figure.saliency img:last-child { filter: brightness(3); }
figure.sweep img { width: 240px; image-rendering: auto; background: #fff; }
figcaption { margin-top: 6px; font-size: 0.8rem; color: var(--soft); overflow-wrap: anywhere; }
.note { margin: 8px 0; padding: 8px 12px; border-left: 3px solid var(--accent); background: var(--shade); border-radius: 0 6px 6px 0; }
details { margin-top: 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); padding: 8px 14px; }
details img { width: 100%; margin-top: 10px; border-radius: 4px; }
summary { cursor: pointer; }
code { font: 0.85em ui-monospace, monospace; }
@media (max-width: 820px) {
  .top, .row { grid-template-columns: 1fr; }
  .row.heads { display: none; }
  .only-narrow { display: block; }
  table { font-size: 0.85rem; }
  th, td { padding-right: 8px; }
  meter { min-width: 40px; }
  tr.asked td:first-child::after { display: table; margin: 2px 0 0; }
}
@media (min-width: 821px) { .only-narrow { display: none; } }
@media print { details { break-inside: avoid; } .row { break-inside: avoid; } }
`;
