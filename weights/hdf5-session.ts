/** A file that is open in the HDF5 library, whose every failure becomes a WeightsFormatError. */
import { BacklightError, WeightsFormatError } from "../src/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import type { Hdf5Inside, Hdf5Kind } from "./hdf5.ts";
import { readAttribute } from "./hdf5-attribute.ts";
import { openDataset } from "./hdf5-dataset.ts";
import type { Hdf5Origin } from "./hdf5-heap.ts";
import { hdf5Library, isRetired, isTrap, retire } from "./hdf5-library.ts";
import { type EmscriptenFs, innermostMessage, type Mount, mountSource } from "./hdf5-mount.ts";
import { pathSteps } from "./hdf5-path.ts";
import type { H5Module } from "./hdf5-type.ts";

/** The HDF5 library with one file open in it; `run` turns its every failure into a WeightsFormatError. */
export interface Hdf5Session {
  readonly source: ByteSource;
  readonly module: H5Module;
  readonly fileId: bigint;
  readonly mount: Mount;
  /** Runs library code; `doing` is what the message says was being done ("reading /fc1/kernel:0"). */
  run<T>(doing: string, body: () => T): T;
  /** Throws unless every step of the path is a plain hard link inside this file; returns the path made regular. */
  resolve(path: string): string;
  kind(path: string): Hdf5Kind;
  /** Names of the attributes of what stands at a path that is made regular. */
  attributeNames(path: string): readonly string[];
}

/** Opens a file in the library, which is started if need be.
 * @throws WeightsFormatError when it is damaged */
export async function openInLibrary(origin: Hdf5Origin): Promise<Hdf5Inside> {
  const module = await hdf5Library();
  const { source } = origin;
  const mount = mountSource(module.FS as unknown as EmscriptenFs, origin);
  let fileId = -1n;
  try {
    const open = () => module.open(mount.path, 0, false, -1, -1);
    fileId = runLibrary({ source, module, mount }, "opening it", { body: open, allow: mount.path });
    if (fileId < 0n) throw libraryError(source, mount, "opening it", undefined);
  } catch (error) {
    mount.unmount();
    throw error;
  }
  const session = createSession(module, source, mount, fileId);
  return {
    resolve: session.resolve,
    kind: session.kind,
    attributeNames: session.attributeNames,
    attribute: (path, name) => readAttribute(session, path, name),
    names: (path) => session.run(`listing ${path}`, () => [...module.get_names(fileId, path, false)]),
    dataset: (path, isOpen) => openDataset(session, path, isOpen),
    close: () => closeSession(session),
  };
}

function createSession(module: H5Module, source: ByteSource, mount: Mount, fileId: bigint): Hdf5Session {
  const run = <T>(doing: string, body: () => T): T => runLibrary(session, doing, { body });
  const plain = new Set<string>();
  // Each look into the file takes a tenth of a millisecond, and the file does not change.
  const kinds = new Map<string, Hdf5Kind>();
  const attributes = new Map<string, readonly string[]>();
  const session: Hdf5Session = {
    source,
    module,
    fileId,
    mount,
    run,
    resolve: (path) => checkLinks(session, path, plain),
    kind(path) {
      const regular = checkLinks(session, path, plain);
      return remembered(kinds, regular, () => {
        const type = run(`looking up ${regular}`, () => module.get_type(fileId, regular));
        if (type === module.H5G_GROUP) return "group";
        return type === module.H5G_DATASET ? "dataset" : "missing";
      });
    },
    attributeNames: (path) =>
      remembered(attributes, path, () =>
        run(`listing the attributes of ${path}`, () => [...module.get_attribute_names(fileId, path)]),
      ),
  };
  return session;
}

function remembered<V>(known: Map<string, V>, path: string, find: () => V): V {
  const before = known.get(path);
  if (before !== undefined) return before;
  const found = find();
  known.set(path, found);
  return found;
}

function closeSession(session: Hdf5Session): void {
  const { module, mount, fileId } = session;
  try {
    // A retired instance is left as it is, with whatever is open in it.
    if (!isRetired(module)) runLibrary(session, "closing it", { body: () => module.close_file(fileId) });
  } finally {
    mount.unmount();
  }
}

/** Soft and external links are refused step by step, before the library gets to follow one.
 * @param plain the paths found to be hard links so far: the file does not change, so they stay so */
function checkLinks(session: Hdf5Session, path: string, plain: Set<string>): string {
  const { source, module, fileId } = session;
  let prefix = "";
  for (const step of pathSteps(path, source.name)) {
    prefix += `/${step}`;
    const here = prefix;
    if (plain.has(here)) continue;
    const [soft, external] = session.run(`looking up ${here}`, () => [
      module.get_symbolic_link(fileId, here) as string | null,
      module.get_external_link(fileId, here).filename as string | undefined,
    ]);
    if (typeof soft === "string") {
      throw new WeightsFormatError(
        `${source.name}: ${here} is a soft link to "${soft}". Keras writes none, and links are not followed.`,
      );
    }
    if (external !== undefined) {
      throw new WeightsFormatError(
        `${source.name}: ${here} is an external link to the file "${external}". Other files are never opened.`,
      );
    }
    plain.add(here);
  }
  return prefix === "" ? "/" : prefix;
}

type InLibrary = Pick<Hdf5Session, "source" | "module" | "mount">;

interface LibraryCall<T> {
  readonly body: () => T;
  /** The one path that may be opened. */
  readonly allow?: string;
}

function runLibrary<T>({ source, module, mount }: InLibrary, doing: string, { body, allow }: LibraryCall<T>): T {
  if (isRetired(module))
    throw new WeightsFormatError(
      `${source.name}: ${doing}: a damaged file brought the HDF5 library to fall meanwhile. Open this one again.`,
    );
  try {
    const result = mount.run(body, allow);
    const { otherFiles, sourceError, memoryRefused } = mount.watch;
    // The library takes some failures for "there is none of that name".
    if (otherFiles.length > 0 || sourceError !== undefined || memoryRefused)
      throw libraryError(source, mount, doing, undefined);
    return result;
  } catch (error) {
    if (error instanceof BacklightError) throw error;
    if (!isTrap(error)) throw libraryError(source, mount, doing, error);
    retire(module);
    throw new WeightsFormatError(
      `${source.name}: the file is damaged or hostile: ${doing} brought the HDF5 library to fall. ` +
        "Something in it is nested deeper, or is larger, than the library can follow.",
      { cause: error },
    );
  }
}

/** The one error for whatever went wrong inside the library, a trap of the WebAssembly code included. */
export function libraryError(source: ByteSource, mount: Mount, doing: string, cause: unknown): WeightsFormatError {
  const { watch } = mount;
  const other = watch.otherFiles[0];
  if (other !== undefined) {
    return new WeightsFormatError(
      `${source.name}: ${doing} asks for another file, "${other}" (external storage, a link or a virtual data set). ` +
        "Only the file itself is ever read.",
    );
  }
  if (watch.sourceError instanceof WeightsFormatError) return watch.sourceError;
  if (watch.memoryRefused)
    return new WeightsFormatError(
      `${source.name}: the file is damaged or hostile: ${doing} takes more memory than ${source.size} bytes can be worth.`,
    );
  const reason = watch.sourceError ?? cause;
  const why =
    innermostMessage(watch) ?? (reason instanceof Error ? reason.message : String(reason ?? "no reason given"));
  return new WeightsFormatError(`${source.name}: the file is damaged or not supported: ${doing} failed: ${why}.`, {
    cause: reason,
  });
}
