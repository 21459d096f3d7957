import { renameSync, statSync } from "node:fs";
import { BacklightError, WeightsFormatError } from "../src/errors.ts";
import { hashProblem } from "./cache.host.ts";
import { FinalError, PartFile, reason, removePart } from "./part-file.host.ts";

export interface DownloadProgress {
  readonly receivedBytes: number;
  /** What has come so far, where neither we nor the server know how much there is. */
  readonly totalBytes: number;
  /** Bytes that an earlier, broken download had already brought. */
  readonly resumedBytes: number;
  readonly url: string;
}

export interface DownloadOptions {
  readonly url: string;
  /** The finished file; `<path>.part` is what has come so far. */
  readonly path: string;
  /** Where it is not known, the server is believed. */
  readonly sizeBytes?: number;
  readonly md5?: string;
  readonly sha256?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** How long the server may send nothing, in milliseconds. */
  readonly timeoutMs: number;
  /** How often a broken transfer is taken up again. */
  readonly retries: number;
  /** Pause before the first retry, in milliseconds; doubled each time. */
  readonly retryDelayMs: number;
}

/** Downloads one file, going on where an earlier attempt broke off, and renames it only when its bytes are right.
 * @throws WeightsFormatError when complete but wrong (the bytes are deleted)
 * @throws BacklightError when the server cannot be reached or breaks off too often (what came is kept) */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, path, retries, retryDelayMs, signal } = options;
  let lastError: unknown;
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (attempt > 0) await pause(retryDelayMs * 2 ** (attempt - 1), signal);
    try {
      await transfer(options);
      finish(options);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof BacklightError) throw error;
      lastError = error;
      if (error instanceof FinalError) break;
    }
  }
  const kept = statSync(`${path}.part`, { throwIfNoEntry: false })?.size ?? 0;
  throw new BacklightError(
    `${url}: ${reason(lastError)}${kept > 0 ? ` (${kept} bytes are kept; the next try goes on from there)` : ""}.`,
    { cause: lastError },
  );
}

async function transfer(options: DownloadOptions): Promise<void> {
  const { url, path, timeoutMs, signal } = options;
  const part = new PartFile(path, url);
  const stall = new AbortController();
  const timer = new StallTimer(timeoutMs, () => stall.abort(new Error(`no bytes for ${timeoutMs / 1000} s`)));
  try {
    if (part.size >= (options.sizeBytes ?? Number.POSITIVE_INFINITY)) return;
    const response = await fetch(url, {
      headers: part.requestHeaders(),
      signal: signal ? AbortSignal.any([signal, stall.signal]) : stall.signal,
    });
    timer.restart();
    const total = part.begin(response, options.sizeBytes);
    await receive(response, part, { ...options, ...(total === undefined ? {} : { sizeBytes: total }) }, timer);
  } catch (error) {
    throw stall.signal.aborted ? stall.signal.reason : error;
  } finally {
    timer.stop();
    part.close();
  }
}

async function receive(response: Response, part: PartFile, options: DownloadOptions, timer: StallTimer): Promise<void> {
  const { onProgress, sizeBytes, url } = options;
  const resumedBytes = part.size;
  if (!response.body) throw new Error("the server sent no body");
  const reader = response.body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      timer.restart();
      part.append(next.value);
      onProgress?.({ receivedBytes: part.size, totalBytes: sizeBytes ?? part.size, resumedBytes, url });
      if (sizeBytes !== undefined && part.size > sizeBytes) break;
    }
  } finally {
    // After a failure the stream may refuse to be cancelled; the failure itself is what is thrown.
    await reader.cancel().catch(() => undefined);
  }
  if (sizeBytes !== undefined && part.size < sizeBytes)
    throw new Error(`broke off after ${part.size} of ${sizeBytes} bytes`);
}

function finish({ url, path, sizeBytes, ...hashes }: DownloadOptions): void {
  const partPath = `${path}.part`;
  const tooMany = sizeBytes !== undefined && statSync(partPath).size > sizeBytes;
  const problem = tooMany ? undefined : hashProblem(partPath, hashes);
  if (tooMany || problem !== undefined) {
    removePart(path);
    const what = tooMany ? `they are more than ${sizeBytes}` : `their ${problem}`;
    throw new WeightsFormatError(`${url}: the bytes that came are not the file's: ${what}. They were deleted.`);
  }
  renameSync(partPath, path);
  removePart(path);
}

/** Calls `onStall` when `restart` has not been called for a while. */
class StallTimer {
  private readonly timeoutMs: number;
  private readonly onStall: () => void;
  private timer: ReturnType<typeof setTimeout>;

  constructor(timeoutMs: number, onStall: () => void) {
    this.timeoutMs = timeoutMs;
    this.onStall = onStall;
    this.timer = setTimeout(onStall, timeoutMs);
  }

  restart(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onStall, this.timeoutMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
