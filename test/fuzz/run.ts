// npm run fuzz -- [--n 2000] [--format h5] [--seed 1]: damaged model files by the thousand, each read to its end or
// refused; a failure prints the command that repeats it.
import { parseArgs } from "node:util";
import { type FormatName, formatNames } from "./formats.ts";
import { describeFailure } from "./fuzz.ts";
import { watchMutants } from "./watch.host.ts";

const { values } = parseArgs({
  options: { n: { type: "string" }, format: { type: "string" }, seed: { type: "string" } },
});
const [count, first] = [Number(values.n ?? 2000), Number(values.seed ?? 1)];
const chosen = formatNames.filter((name) => values.format === undefined || name === values.format);
if (chosen.length === 0 || !Number.isSafeInteger(count) || !Number.isSafeInteger(first)) {
  console.error(`usage: npm run fuzz -- [--n COUNT] [--seed FIRST] [--format ${formatNames.join(" | ")}]`);
  process.exit(2);
}

async function fuzz(format: FormatName): Promise<number> {
  const start = performance.now();
  const progress = (done: number) => process.stderr.write(`${format}: ${done} of ${count}\r`);
  const report = await watchMutants(format, [first, count], progress);
  for (const failure of report.failures.slice(0, 20)) console.log(describeFailure(format, failure));
  const { accepted, refused, failures, slowestMs, grewMostBytes } = report;
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `${format}: ${count} mutants from seed ${first}: ${accepted} accepted, ${refused} refused, ${failures.length} failed; ` +
      `slowest ${Math.round(slowestMs)} ms, most memory ${Math.round(grewMostBytes / 2 ** 20)} MB; ${seconds} s`,
  );
  return failures.length;
}

let failed = 0;
for (const format of chosen) failed += await fuzz(format);
process.exitCode = failed > 0 ? 1 : 0;
