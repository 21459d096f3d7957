/** No JSON or YAML of a model is longer, in bytes or in characters. */
export const mostTextBytes = 64 * 2 ** 20;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The text in UTF-8, without a byte-order mark; undefined for bytes that are none. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
