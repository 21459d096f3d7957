// `npm start -- ARGS...`: the first demonstration, in Deno.
import { fileURLToPath } from "node:url";
import { becomeDeno } from "./child.mjs";

const cli = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
becomeDeno([cli, "start", ...process.argv.slice(2)]);
