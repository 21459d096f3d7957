import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";

/** A failure that another attempt cannot mend: a refusal by the server, a full disk, wrong bytes. */
export class FinalError extends Error {}

/** What has come of a file so far, with the server's mark of the version that it came from. */
export class PartFile {
  size: number;
  private readonly fd: number;
  private readonly markPath: string;
  private readonly url: string;
  private mark: string | undefined;

  constructor(path: string, url: string) {
    this.url = url;
    this.markPath = `${path}.part.json`;
    this.fd = openSync(`${path}.part`, "a");
    this.size = statSync(`${path}.part`).size;
    this.mark = this.readMark();
  }

  /** Ranges are asked for from where the file ends; `If-Range` lets a server that has another version send it whole. */
  requestHeaders(): Record<string, string> {
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (this.size === 0) return headers;
    headers.range = `bytes=${this.size}-`;
    if (this.mark !== undefined) headers["if-range"] = this.mark;
    return headers;
  }

  /** Judges the answer, and cuts the file back to nothing when the server begins again from the start.
   * @returns the size of the whole file, as known or as the server says; undefined where neither is */
  begin(response: Response, sizeBytes: number | undefined): number | undefined {
    const { status, headers } = response;
    if (status === 416) {
      this.restart();
      throw new Error("the server has no bytes beyond those already here (HTTP 416)");
    }
    if (status !== 200 && status !== 206) {
      const message = `the server answered HTTP ${status} ${response.statusText}`.trim();
      const passing = status >= 500 || status === 408 || status === 429;
      throw passing ? new Error(message) : new FinalError(message);
    }
    const range = /^bytes (\d+)-\d+\/(\d+|\*)/.exec(headers.get("content-range") ?? "");
    if (status === 206 && Number(range?.[1]) !== this.size) {
      this.restart();
      throw new Error(`the server sent another range than asked for (${headers.get("content-range")})`);
    }
    if (status === 200) this.restart();
    const total = status === 206 ? range?.[2] : headers.get("content-length");
    const coded = headers.get("content-encoding") ?? "identity";
    const told = total && total !== "*" && coded === "identity" ? Number(total) : undefined;
    if (told !== undefined && sizeBytes !== undefined && told !== sizeBytes) {
      this.restart();
      throw new FinalError(`the server's file has ${total} bytes, the right one has ${sizeBytes}`);
    }
    this.saveMark(headers);
    return sizeBytes ?? told;
  }

  append(bytes: Uint8Array): void {
    if (fstatSync(this.fd).size !== this.size) {
      throw new FinalError("another process is writing the same file: let it finish");
    }
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done, bytes.length - done);
    } catch (cause) {
      throw new FinalError(`cannot write ${this.markPath.replace(/\.json$/, "")}: ${reason(cause)}`, { cause });
    }
    this.size += bytes.length;
  }

  close(): void {
    try {
      fsyncSync(this.fd);
    } finally {
      closeSync(this.fd);
    }
  }

  private restart(): void {
    ftruncateSync(this.fd, 0);
    this.size = 0;
    this.mark = undefined;
    rmSync(this.markPath, { force: true });
  }

  private readMark(): string | undefined {
    try {
      const saved = JSON.parse(readFileSync(this.markPath, "utf8")) as { url?: unknown; mark?: unknown };
      return saved.url === this.url && typeof saved.mark === "string" ? saved.mark : undefined;
    } catch {
      return undefined;
    }
  }

  /** Weak tags may not stand in If-Range; a date is the next best. */
  private saveMark(headers: Headers): void {
    const etag = headers.get("etag");
    const mark = etag && !etag.startsWith("W/") ? etag : headers.get("last-modified");
    if (mark) writeFileSync(this.markPath, JSON.stringify({ url: this.url, mark }));
  }
}

/** Deletes what has come, and its mark. */
export function removePart(path: string): void {
  rmSync(`${path}.part`, { force: true });
  rmSync(`${path}.part.json`, { force: true });
}

/** fetch hides why it failed in a chain of causes ("fetch failed": ENOTFOUND ...). */
export function reason(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error && texts.length < 4; at = at.cause) texts.push(at.message);
  return texts.length > 0 ? [...new Set(texts)].join(": ") : String(error);
}
