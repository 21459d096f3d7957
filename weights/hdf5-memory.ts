import { WeightsFormatError } from "../src/errors.ts";
import { type Hdf5Session, libraryError } from "./hdf5-session.ts";

/** Lets the library write `sizeBytes` into its own memory, gives them to `decode`, and frees them again.
 * The bytes are a view: `decode` must copy what it keeps. */
export function readNative<T>(
  session: Hdf5Session,
  doing: string,
  sizeBytes: number,
  fill: (address: bigint) => number,
  decode: (bytes: Uint8Array, address: number) => T,
): T {
  const { module, source, mount } = session;
  return session.run(doing, () => {
    const address = allocate(session, doing, sizeBytes);
    try {
      // A failed read may leave the memory as it was: zeros are safe to free as variable-length strings.
      module.HEAPU8.fill(0, address, address + sizeBytes);
      if (fill(BigInt(address)) < 0) throw libraryError(source, mount, doing, undefined);
      return decode(module.HEAPU8.subarray(address, address + sizeBytes), address);
    } finally {
      module._free(address);
    }
  });
}

function allocate({ module, source }: Hdf5Session, doing: string, sizeBytes: number): number {
  const address = sizeBytes < 2 ** 31 ? module._malloc(sizeBytes) : 0;
  if (address !== 0) return address;
  throw new WeightsFormatError(
    `${source.name}: ${doing} needs ${sizeBytes} bytes at once, and there is no memory for it.`,
  );
}
