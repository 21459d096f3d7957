/** A read-only Emscripten file system of one file, so that the HDF5 library sees that file and nothing else. */
import { type ByteSource, checkRange } from "./byte-source.ts";
import { checkHeap, type Hdf5Origin } from "./hdf5-heap.ts";

/** The part of Emscripten's FS object that is used here; h5wasm's own types lack the node operations. */
export interface EmscriptenFs {
  open(path: string, flags: number | string, mode?: number): unknown;
  mkdir(path: string): unknown;
  rmdir(path: string): void;
  mount(type: { mount(mount: unknown): FsNode }, options: object, path: string): unknown;
  unmount(path: string): void;
  createNode(parent: FsNode | null, name: string, mode: number, device: number): FsNode;
  getStream(fd: number): { stream_ops: StreamOps } | null;
  ErrnoError: new (errno: number) => Error;
}
interface FsNode {
  id: number;
  mode: number;
  node_ops: object;
  stream_ops: object;
}
interface StreamOps {
  write(stream: unknown, buffer: Int8Array, offset: number, length: number, position?: number): number;
}
interface OpenStream {
  position: number;
}

const errno = { accessDenied: 2, invalid: 28, io: 29, noEntry: 44 } as const;
const fileName = "data.h5";
let mountCount = 0;

/** What happened while the HDF5 library ran: bytes it read, other files it asked for, what it printed. */
export interface Watch {
  fetchedBytes: number;
  readonly otherFiles: string[];
  readonly printed: string[];
  sourceError: unknown;
  /** It wanted more memory than it may have. */
  memoryRefused: boolean;
}

/** One mounted source. `run` is the only way to call the HDF5 library on it. */
export interface Mount {
  readonly path: string;
  readonly watch: Watch;
  /** Runs `body` with every open of a path other than `allow` refused and noted, and with messages captured. */
  run<T>(body: () => T, allow?: string): T;
  unmount(): void;
}

/** Mounts a source as the only file that HDF5 can open. */
export function mountSource(fs: EmscriptenFs, origin: Hdf5Origin): Mount {
  const folder = `/backlight-${++mountCount}`;
  const watch: Watch = { fetchedBytes: 0, otherFiles: [], printed: [], sourceError: undefined, memoryRefused: false };
  fs.mkdir(folder);
  try {
    fs.mount({ mount: () => createTree(fs, origin, watch) }, {}, folder);
  } catch (error) {
    fs.rmdir(folder);
    throw error;
  }
  return {
    path: `${folder}/${fileName}`,
    watch,
    run: (body, allow) => guarded(fs, watch, () => withinMemory(mostMemory(origin.source), watch, body), allow),
    unmount() {
      fs.unmount(folder);
      fs.rmdir(folder);
    },
  };
}

function createTree(fs: EmscriptenFs, origin: Hdf5Origin, watch: Watch): FsNode {
  const root = fs.createNode(null, "/", 0o40555, 0);
  const file = fs.createNode(root, fileName, 0o100444, 0);
  const refuse = (): never => {
    throw new fs.ErrnoError(errno.accessDenied);
  };
  const getattr = (node: FsNode) => attributes(node, node === file ? origin.source.size : 4096);
  const readOnly = { getattr, setattr: refuse };
  root.node_ops = {
    ...readOnly,
    lookup(_parent: FsNode, name: string): FsNode {
      if (name === fileName) return file;
      throw new fs.ErrnoError(errno.noEntry);
    },
    readdir: () => [".", "..", fileName],
    mknod: refuse,
    unlink: refuse,
    rename: refuse,
    rmdir: refuse,
    symlink: refuse,
  };
  root.stream_ops = {};
  file.node_ops = readOnly;
  file.stream_ops = fileStream(fs, origin, watch);
  return root;
}

/** HDF5 takes two files with one device and inode for the same file, so the node's own id serves as inode. */
function attributes(node: FsNode, size: number): object {
  const time = new Date(0);
  const blocks = Math.ceil(size / 512);
  const owner = { uid: 0, gid: 0, rdev: 0, nlink: 1, dev: 1 };
  return {
    ...owner,
    ino: node.id,
    mode: node.mode,
    size,
    atime: time,
    mtime: time,
    ctime: time,
    blksize: 4096,
    blocks,
  };
}

function fileStream(fs: EmscriptenFs, origin: Hdf5Origin, watch: Watch): object {
  const { source } = origin;
  return {
    llseek(stream: OpenStream, offset: number, whence: number): number {
      const base = whence === 1 ? stream.position : whence === 2 ? source.size : 0;
      if (base + offset < 0) throw new fs.ErrnoError(errno.invalid);
      return base + offset;
    },
    read(_stream: OpenStream, heap: Int8Array, offset: number, length: number, position: number): number {
      const target = new Uint8Array(heap.buffer, heap.byteOffset + offset, length);
      try {
        // A short read would be made up by zeros: the library takes them for what the file holds.
        checkRange(source.name, source.size, position, length);
        if (source.readInto) source.readInto(position, target);
        else target.set(source.read(position, length));
        checkHeap(target, position, origin);
      } catch (error) {
        // Only an errno may cross the C library; the real error is raised again by the caller.
        watch.sourceError = error;
        throw new fs.ErrnoError(errno.io);
      }
      watch.fetchedBytes += length;
      return length;
    },
  };
}

/** The library's memory may grow to this for a file: a small one has no use for much, and a file may consist of a single
 * packed array, which takes room packed and unpacked. */
function mostMemory(source: ByteSource): number {
  return 128 * 2 ** 20 + 4 * source.size;
}

/** Runs `body` while WebAssembly memory cannot grow beyond a size. The library meets that as an allocation that fails,
 * and gives up cleanly; its own limit of 2 GiB cannot be set. Nothing else runs meanwhile. */
function withinMemory<T>(mostBytes: number, watch: Watch, body: () => T): T {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  const pageBytes = 65536;
  prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    // it asks for some more than it needs first, and then for less
    watch.memoryRefused = this.buffer.byteLength + pages * pageBytes > mostBytes;
    if (watch.memoryRefused) throw new RangeError("no more memory for this file");
    return grow.call(this, pages);
  };
  try {
    return body();
  } finally {
    prototype.grow = grow;
  }
}

function guarded<T>(fs: EmscriptenFs, watch: Watch, body: () => T, allow: string | undefined): T {
  const open = fs.open;
  const stderr = fs.getStream(2);
  const print = stderr?.stream_ops;
  watch.otherFiles.length = 0;
  watch.printed.length = 0;
  watch.sourceError = undefined;
  watch.memoryRefused = false;
  fs.open = (path, flags, mode) => {
    if (path === allow) return open.call(fs, path, flags, mode);
    if (!path.includes("/lib/plugin")) watch.otherFiles.push(path);
    throw new fs.ErrnoError(errno.accessDenied);
  };
  if (stderr && print) stderr.stream_ops = { ...print, write: capture(watch) };
  try {
    return body();
  } finally {
    fs.open = open;
    if (stderr && print) stderr.stream_ops = print;
  }
}

function capture(watch: Watch): StreamOps["write"] {
  const decoder = new TextDecoder();
  return (_stream, buffer, offset, length) => {
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
    // A damaged file can print for ever; the first lines tell enough.
    if (watch.printed.length < 2000) watch.printed.push(decoder.decode(bytes.slice()));
    return length;
  };
}

/** The innermost message of HDF5's printed error stack, or undefined. */
export function innermostMessage(watch: Watch): string | undefined {
  const lines = watch.printed.join("").split("\n");
  const last = lines.findLast((line) => /^\s*#\d+:/.test(line));
  return last?.replace(/^.*\): /, "").trim();
}
