// node scripts/run.mjs FILE ARGS...: runs a TypeScript file in Deno, on the adapter that set-up chose.
import { becomeDeno } from "./child.mjs";

const args = process.argv.slice(2);
if (args.length === 0) {
  process.stderr.write("usage: node scripts/run.mjs FILE.ts [ARGS...]\n");
  process.exit(2);
}
becomeDeno(args);
