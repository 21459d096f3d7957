/** Bytes as an address that pages load without asking anyone: `data:image/png;base64,...`. */
export function dataUrl(bytes: Uint8Array, type = "image/png"): string {
  let text = "";
  // calls take a limited number of arguments
  for (let at = 0; at < bytes.length; at += 0x2000) text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return `data:${type};base64,${btoa(text)}`;
}
