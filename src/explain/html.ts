/** Text made safe between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** Four digits, whatever the size. */
export function fourDigits(value: number): string {
  return value === 0 ? "0" : Number(value.toPrecision(4)).toString();
}
