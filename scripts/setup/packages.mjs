// npm packages: installed when node_modules is not what package-lock.json says.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isWindows, root, runNpm, SetupError, say } from "./host.mjs";

const lockFile = join(root, "package-lock.json");
// npm writes this one last, so an interrupted installation has none.
const installedFile = join(root, "node_modules/.package-lock.json");

/** A short name for the set of packages this clone wants. */
export function lockHash() {
  return createHash("sha256").update(readFileSync(lockFile)).digest("hex").slice(0, 16);
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

export function packagesAreCurrent() {
  if (!existsSync(installedFile)) return false;
  const installed = packagesOf(installedFile);
  return Object.entries(packagesOf(lockFile)).every(([path, wanted]) => {
    if (path === "") return true;
    const found = installed[path];
    // Optional packages are the builds for other systems: npm leaves them out.
    if (!found) return Boolean(wanted.optional);
    return found.version === wanted.version;
  });
}

export function installPackages() {
  if (packagesAreCurrent()) return;
  say("installing the npm packages of package-lock.json (npm ci)");
  if (!runNpm(["ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"], { cwd: root })) {
    throw new SetupError(
      "npm ci failed (its message is above).\n" +
        "  Without a network, or behind a proxy: see `npm config get registry` and `npm config get proxy`.\n" +
        "  Then run the same command again.",
    );
  }
}

/** Lets `npx backlight` find this clone's own command at once; Windows has no plain links, and npx its slower way. */
export function linkCommand() {
  const link = join(root, "node_modules/.bin/backlight");
  if (isWindows || existsSync(link)) return;
  rmSync(link, { force: true });
  symlinkSync("../../bin/backlight.mjs", link);
}

/** The Deno program inside the npm package `deno`; its own installer unpacks it where install scripts are off. */
export function denoPath() {
  const require = createRequire(join(root, "package.json"));
  return require("deno/install_api.cjs").runInstall();
}
