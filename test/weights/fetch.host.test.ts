import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BacklightError, WeightsFormatError } from "../../src/errors.ts";
import { findFile } from "../../weights/cache.host.ts";
import { type FetchOptions, fetchKnown, listWeights, verifyWeights, weightsPath } from "../../weights/fetch.host.ts";
import { type KnownFile, knownFileByMd5 } from "../../weights/registry.ts";

const body = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const spec: KnownFile = {
  name: "tiny",
  title: "a test file",
  file: "tiny.h5",
  kerasFile: "tiny_keras.h5",
  urls: ["http://127.0.0.1:9/unreachable/tiny.h5"],
  sizeBytes: body.length,
  md5: createHash("md5").update(body).digest("hex"),
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder = "";
let server: Server;
let answers: Answer[] = [];
let requests: { range: string | undefined; ifRange: string | undefined; url: string | undefined }[] = [];
let sentBytes = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "backlight-"));
  answers = [];
  requests = [];
  sentBytes = 0;
  server = createServer((request, response) => {
    const { range, "if-range": ifRange } = request.headers;
    requests.push({ range, ifRange: ifRange as string | undefined, url: request.url });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function options(more: FetchOptions = {}): FetchOptions {
  const { port } = server.address() as AddressInfo;
  const dirs = { cacheDir: join(folder, "cache"), kerasDir: join(folder, "keras") };
  return { ...dirs, baseUrl: `http://127.0.0.1:${port}/mirror/`, retryDelayMs: 5, timeoutMs: 3000, ...more };
}

function send(response: ServerResponse, bytes: Uint8Array): void {
  sentBytes += bytes.length;
  response.write(bytes);
}

const etag = '"v1"';

/** A well-behaved server: ranges, If-Range, ETag. */
const whole: Answer = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const ifRange = request.headers["if-range"];
  const start = ifRange !== undefined && ifRange !== etag ? 0 : from;
  const headers = { etag, "content-length": body.length - start };
  if (start === 0) response.writeHead(200, headers);
  else response.writeHead(206, { ...headers, "content-range": `bytes ${start}-${body.length - 1}/${body.length}` });
  send(response, body.subarray(start));
  response.end();
};

/** Sends `count` bytes of what was asked for, then cuts the connection. */
const cutAfter =
  (count: number, mark: Record<string, string> = { etag }): Answer =>
  (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-range": `bytes ${start}-${body.length - 1}/${body.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      ...mark,
      "content-length": body.length - start,
      ...(start > 0 ? range : {}),
    });
    send(response, body.subarray(start, start + count));
    setTimeout(() => response.destroy(), 50);
  };

const stall: Answer = (_request, response) => {
  response.writeHead(200, { etag, "content-length": body.length });
  send(response, body.subarray(0, 50_000));
};

async function failure(action: Promise<unknown>): Promise<Error> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("nothing was thrown");
}

const target = (): string => join(folder, "cache", "tiny.h5");

function expectNothingKept(): void {
  for (const end of ["", ".part", ".part.json"]) expect(existsSync(target() + end)).toBe(false);
}

describe("a server that works", () => {
  test("the file, its progress, and no second request", async () => {
    answers = [whole];
    const seen: number[] = [];
    const path = await fetchKnown(spec, options({ onProgress: ({ receivedBytes }) => seen.push(receivedBytes) }));
    expect(path).toBe(target());
    expect(new Uint8Array(readFileSync(path))).toEqual(body);
    expect(seen.at(-1)).toBe(body.length);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    expect(requests).toEqual([{ range: undefined, ifRange: undefined, url: "/mirror/tiny.h5" }]);
    expect(await fetchKnown(spec, options())).toBe(path);
    expect(requests).toHaveLength(1);
    for (const end of [".part", ".part.json"]) expect(existsSync(path + end)).toBe(false);
  });

  test("a file changed after it was found right is noticed and fetched again", async () => {
    answers = [whole];
    const path = await fetchKnown(spec, options());
    expect(findFile(spec, options())?.ok).toBe(true);
    const wrong = body.slice();
    wrong[1000] = (wrong[1000] ?? 0) ^ 1;
    writeFileSync(path, wrong);
    utimesSync(path, new Date(0), new Date(0));
    expect(findFile(spec, options())).toBeUndefined();
    await fetchKnown(spec, options());
    expect(new Uint8Array(readFileSync(path))).toEqual(body);
  });

  test("Keras' own cache is used where it lies, when its bytes are right", async () => {
    answers = [whole];
    const theirs = join(folder, "keras", "tiny_keras.h5");
    mkdirSync(join(folder, "keras"));
    writeFileSync(theirs, body);
    expect(await fetchKnown(spec, options())).toBe(theirs);
    expect(requests).toHaveLength(0);
    writeFileSync(theirs, body.slice().reverse());
    expect(await fetchKnown(spec, options())).toBe(target());
  });
});

describe("going on after a break", () => {
  test("each break goes on at the byte where it stopped, and no byte comes twice", async () => {
    answers = [cutAfter(100_000), cutAfter(50_000), whole];
    await fetchKnown(spec, options());
    expect(requests.map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ["bytes=100000-", etag],
      ["bytes=150000-", etag],
    ]);
    expect(sentBytes).toBe(body.length);
    expect(new Uint8Array(readFileSync(target()))).toEqual(body);
  });

  test("a later call goes on as well", async () => {
    answers = [cutAfter(120_000)];
    const error = await failure(fetchKnown(spec, options({ retries: 0 })));
    expect(error.message).toContain("120000 bytes are kept");
    answers = [whole];
    let resumed = 0;
    const onProgress: FetchOptions["onProgress"] = ({ resumedBytes }) => {
      resumed = resumedBytes;
    };
    await fetchKnown(spec, options({ onProgress }));
    expect([requests[1]?.range, resumed, sentBytes]).toEqual(["bytes=120000-", 120_000, body.length]);
  });

  test("without an ETag the date marks the version; a weak tag does not", async () => {
    const date = "Wed, 21 Oct 2015 07:28:00 GMT";
    answers = [cutAfter(1000, { etag: 'W/"v1"', "last-modified": date }), cutAfter(1000), whole];
    await fetchKnown(spec, options());
    expect(requests[1]).toMatchObject({ range: "bytes=1000-", ifRange: date });
  });

  test("a server that ignores ranges begins again from the start", async () => {
    const ignoring: Answer = (_request, response) => {
      response.writeHead(200, { "content-length": body.length });
      send(response, body);
      response.end();
    };
    answers = [cutAfter(100_000), ignoring];
    await fetchKnown(spec, options());
    expect(requests[1]?.range).toBe("bytes=100000-");
    expect(sentBytes).toBe(100_000 + body.length);
    expect(new Uint8Array(readFileSync(target()))).toEqual(body);
  });

  test("another version on the server begins again from the start", async () => {
    answers = [cutAfter(100_000, { etag: '"v0"' }), whole];
    await fetchKnown(spec, options());
    expect(requests[1]?.ifRange).toBe('"v0"');
    expect(sentBytes).toBe(100_000 + body.length);
  });

  test("a range that was not asked for is not appended", async () => {
    const shifted: Answer = (_request, response) => {
      response.writeHead(206, { "content-range": `bytes 5-${body.length - 1}/${body.length}` });
      response.end(body.subarray(5));
    };
    answers = [cutAfter(1000), shifted, whole];
    await fetchKnown(spec, options());
    expect(new Uint8Array(readFileSync(target()))).toEqual(body);
  });

  test("HTTP 416 and 503 pass", async () => {
    const status =
      (code: number): Answer =>
      (_request, response) =>
        void response.writeHead(code).end();
    answers = [cutAfter(1000), status(416), status(503), whole];
    await fetchKnown(spec, options());
    expect(requests.map(({ range }) => range)).toEqual([undefined, "bytes=1000-", undefined, undefined]);
  });

  test("a stall is cut and taken up again", async () => {
    answers = [stall, whole];
    await fetchKnown(spec, options({ timeoutMs: 200 }));
    expect(requests[1]?.range).toBe("bytes=50000-");
    expect(sentBytes).toBe(body.length);
  });
});

describe("failures that say what to do", () => {
  test("a stall for ever", async () => {
    answers = [stall, (): void => {}];
    const error = await failure(fetchKnown(spec, options({ timeoutMs: 100, retries: 2 })));
    expect(error).toBeInstanceOf(BacklightError);
    expect(error.message).toContain("no bytes for 0.1 s (50000 bytes are kept");
    expect(requests).toHaveLength(3);
  });

  test("wrong bytes of the right length are deleted", async () => {
    answers = [(_request, response) => void response.end(body.slice().reverse())];
    const error = await failure(fetchKnown(spec, options()));
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(error.message).toMatch(/their MD5 is [0-9a-f]{32}, not .*They were deleted/);
    expect(requests).toHaveLength(1);
    expectNothingKept();
  });

  test("a server whose file has another length is not read to the end", async () => {
    answers = [(_request, response) => void response.writeHead(200, { "content-length": 9 }).end("not there")];
    const error = await failure(fetchKnown(spec, options()));
    expect(error.message).toContain("the server's file has 9 bytes, the right one has 300000");
    expect(requests).toHaveLength(1);
  });

  test("more bytes than there should be, without a length", async () => {
    answers = [
      (_request, response) => {
        response.writeHead(200);
        for (let i = 0; i < 5; i++) response.write(body);
        response.end();
      },
    ];
    const error = await failure(fetchKnown(spec, options()));
    expect(error.message).toContain("they are more than 300000. They were deleted");
    expectNothingKept();
  });

  test("fewer bytes than there should be, without a length", async () => {
    answers = [(_request, response) => void response.writeHead(200).end(body.subarray(0, 1000))];
    const error = await failure(fetchKnown(spec, options({ retries: 1 })));
    expect(error.message).toContain("broke off after 1000 of 300000 bytes");
  });

  test("404 is not tried again; the message has all that is needed to do it by hand", async () => {
    answers = [(_request, response) => void response.writeHead(404, "Not Found").end()];
    const error = await failure(fetchKnown(spec, options()));
    expect(requests).toHaveLength(1);
    for (const part of ["HTTP 404", options().baseUrl, "tiny.h5", join(folder, "cache"), "300000 bytes", spec.md5]) {
      expect(error.message).toContain(part);
    }
  });

  test("nobody listens", async () => {
    const { baseUrl, ...rest } = options({ retries: 0 });
    const error = await failure(fetchKnown(spec, rest));
    expect(baseUrl).toBeDefined();
    expect(error).toBeInstanceOf(BacklightError);
    expect(error.message).toContain("http://127.0.0.1:9/unreachable/tiny.h5");
  });

  test("stopping keeps what came", async () => {
    const stop = new AbortController();
    answers = [stall];
    const onProgress = (): void => stop.abort(new Error("enough"));
    const error = await failure(fetchKnown(spec, options({ signal: stop.signal, onProgress })));
    expect(error.message).toBe("enough");
    expect(statSync(`${target()}.part`).size).toBeGreaterThan(0);
    await expect(fetchKnown(spec, options({ signal: stop.signal }))).rejects.toThrow("enough");
    expect(requests).toHaveLength(1);
  });
});

describe("files whose sizes are not known", () => {
  const { sizeBytes: _, md5: __, ...stranger } = spec;
  const sha256 = createHash("sha256").update(body).digest("hex");

  test("are judged by their SHA-256", async () => {
    answers = [whole];
    const progress: number[] = [];
    const onProgress = ({ totalBytes }: { totalBytes: number }) => void progress.push(totalBytes);
    const path = await fetchKnown({ ...stranger, sha256 }, options({ onProgress }));
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(new Set(progress)).toEqual(new Set([body.length]));
    const wrong = { ...stranger, sha256: "0".repeat(64) };
    const error = await failure(fetchKnown(wrong, options()));
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(error.message).toContain(`their SHA-256 is ${sha256}, not 0000`);
    expect(error.message).toContain("  SHA-256    0000");
    expect(error.message).not.toContain("bytes\n");
  });

  test("are taken up again where they broke off, as long as the server says", async () => {
    answers = [cutAfter(100_000), whole];
    const path = await fetchKnown({ ...stranger, sha256 }, options());
    expect(requests.map(({ range }) => range)).toEqual([undefined, "bytes=100000-"]);
    expect(readFileSync(path).equals(body)).toBe(true);
  });

  test("are believed where there is no hash either", async () => {
    answers = [whole];
    const path = await fetchKnown(stranger, options());
    expect(findFile(stranger, options())).toMatchObject({ path, ok: true });
    expect(weightsPath("mobilenet", options())).toMatch(/mobilenet_1_0_224_tf\.h5$/);
  });
});

test("the known files and where they stand", () => {
  const dirs = options();
  expect(weightsPath("vgg16", dirs)).toBe(join(folder, "cache", "vgg16_weights_tf_dim_ordering_tf_kernels.h5"));
  expect(knownFileByMd5("2CB95161C43110F7111970584F804107")?.name).toBe("resnet50");
  expect(knownFileByMd5("0".repeat(32))).toBeUndefined();
  expect(knownFileByMd5("8c03f828fec3ef71311cd463b6759d99")?.name).toBe("efficientnetb7");
  expect(weightsPath("nasnetmobile-notop", dirs)).toBe(join(folder, "cache", "nasnet_mobile_no_top.h5"));
  expect(() => weightsPath("vgg61", dirs)).toThrow('did you mean "vgg16"');
  mkdirSync(join(folder, "cache"));
  const index = weightsPath("imagenet-class-index", dirs);
  expect(verifyWeights("imagenet-class-index", dirs)).toBeUndefined();
  writeFileSync(index, new Uint8Array(35_363));
  expect(verifyWeights("imagenet-class-index", dirs)).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^its MD5 is/),
  });
  writeFileSync(`${weightsPath("resnet50", dirs)}.part`, "begun");
  const states = new Map(listWeights(dirs).map(({ name, state }) => [name, state]));
  expect(states.get("imagenet-class-index")).toBe("present");
  expect(states.get("resnet50")).toBe("partial");
  expect(states.get("vgg16")).toBe("absent");
});
