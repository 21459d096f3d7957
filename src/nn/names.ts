/** Names as a message lists them: the first few. */
export function listed(names: readonly string[], most = 8): string {
  const more = names.length - most;
  return names.slice(0, most).join(", ") + (more > 0 ? `, and ${more} more` : "");
}
