import { escapeHtml } from "../explain/html.ts";
import { reportStyle } from "./report-style.ts";

/** One HTML file that needs nothing else: there are no scripts, and the browser is told to load nothing from anywhere.
 * @param page.style follows the style sheet that all reports have
 * @param page.body  HTML, whatever came from outside already escaped; the title stands above it */
export function htmlPage({ title, style, body }: { title: string; style: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${reportStyle}${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}
