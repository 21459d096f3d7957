// Networks that are more than the machine can hold: each is refused in one message, and what was open stays and works.
import { truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, expect, it } from "vitest";
import { ready, useLab } from "./lab.ts";

const lab = useLab();
const folder = await mkdtemp(join(tmpdir(), "backlight-large-"));
afterAll(() => rm(folder, { recursive: true }));

interface Wanted {
  readonly input: readonly number[];
  /** How many times as high and wide the input is made before it is pooled. */
  readonly times?: number;
  readonly units: number;
  /** What the header says that its one weight takes is there, as zeros that fill no disk; else this many bytes are. */
  readonly holds?: number;
}

/** A safetensors file with its architecture: the input, enlarged and pooled, and a dense layer. */
function fileOf(name: string, { input, times = 1, units, holds }: Wanted): string {
  const layer = (className: string, config: object) => ({ class_name: className, config });
  const layers = [
    layer("InputLayer", { name: "in", batch_input_shape: [null, ...input], dtype: "float32" }),
    layer("UpSampling2D", { name: "up", size: [times, times] }),
    layer("GlobalAveragePooling2D", { name: "gap" }),
    layer("Dense", { name: "dense", units, activation: "softmax", use_bias: false }),
  ];
  const config = { class_name: "Sequential", config: { name, layers } };
  const channels = input.at(-1) ?? 1;
  const bytes = 4 * channels * units;
  const header = JSON.stringify({
    __metadata__: { format: "backlight", version: "1", preprocess: '"unit"', config: JSON.stringify(config) },
    "dense/kernel": { dtype: "F32", shape: [channels, units], data_offsets: [0, bytes] },
  });
  const path = join(folder, `${name}.safetensors`);
  const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
  writeFileSync(path, Buffer.concat([length, Buffer.from(header)]));
  truncateSync(path, 8 + header.length + (holds ?? bytes));
  return path;
}

/** What the page says of a file; the message is put away. */
async function refusalOf(page: Page, path: string): Promise<string> {
  await page.locator("input[type=file]").setInputFiles(path);
  const message = page.getByRole("alert");
  await message.waitFor({ timeout: 20_000 });
  const text = (await message.locator("p").textContent()) ?? "";
  await message.getByRole("button").click();
  await ready(page);
  expect(await page.getByLabel("Network").inputValue()).toBe("mnist");
  return text;
}

it("says of each what was wanted and what to do, and goes on with what was open", async () => {
  const page = await lab.open("look?model=mnist&picture=seven");
  const cut = fileOf("cut", { input: [8, 8, 3], units: 2 ** 29, holds: 1000 });
  expect(await refusalOf(page, cut)).toMatch(
    /^cut\.safetensors: the tensors end at byte \d+, but the file has \d+ bytes/,
  );
  const long = fileOf("long", { input: [8, 8, 3], units: 2 ** 29 });
  expect(await refusalOf(page, long)).toMatch(/^long\.safetensors has 6\.4 GB, more than this page can hold at once\./);
  const tall = fileOf("tall", { input: [30_000, 30_000, 3], units: 2 });
  expect(await refusalOf(page, tall)).toMatch(
    /more memory than the GPU gives.* \[1, 30000, 30000, 3\] takes 10800000000 b/,
  );

  // 1 GiB less a little in one buffer, which the software adapter does not give; asked again it says the same
  const wide = fileOf("wide", { input: [28, 28, 1], times: 585, units: 2 });
  for (let time = 0; time < 2; time++)
    expect(await refusalOf(page, wide)).toMatch(
      /^This network and picture need more memory .*1\.1 GB.* out of memory: /,
    );

  await page.getByLabel("Picture").selectOption("nine");
  await expect.poll(() => page.locator(".classes button").first().textContent(), { timeout: 9000 }).toMatch(/^9/);
});
