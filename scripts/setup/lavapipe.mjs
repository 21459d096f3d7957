// Mesa's software driver, unpacked into .gpu/mesa: nothing on the system changes and no root is needed.
//
// Debian 12's own (Mesa 22.3) ends all loops of an invocation after 65,535 steps in total, without an error;
// Mesa 25 from Debian 12's backports does not. apt works out which packages this machine lacks for it.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatDeb822, readSources, withBackports } from "./apt-sources.mjs";
import { debianTriplet, gpuDir, osRelease, run, say } from "./host.mjs";

const home = join(gpuDir, "mesa");
const icdDirs = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/** The environment that selects the unpacked driver, or undefined when it is not there. */
export function unpackedLavapipe() {
  const icd = join(home, "lvp_icd.json");
  if (!existsSync(icd)) return undefined;
  // Packages of Debian 12 still put libraries into either place.
  const libraries = ["usr/lib", "lib"].map((dir) => join(home, dir, debianTriplet));
  return { VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: libraries.join(":") };
}

/** The environment that selects the system's own lavapipe, or undefined. */
export function systemLavapipe() {
  const files = icdDirs.flatMap((dir) => (existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : []));
  const icd = files.find((file) => /lvp_icd.*\.json$/.test(file));
  return icd ? { VK_ICD_FILENAMES: icd } : undefined;
}

/** Options that give apt a world of its own: it reads the system's package state and writes only into `dir`. */
function privateApt(dir) {
  const options = [
    `Dir::Etc::sourcelist=${join(dir, "mesa.sources")}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::Lists=${join(dir, "lists")}`,
    `Dir::Cache=${join(dir, "cache")}`,
    "APT::Sandbox::User=",
    "Debug::NoLocking=1",
    "Acquire::Languages=none",
    "Acquire::Retries=3",
  ];
  const args = options.flatMap((option) => ["-o", option]);
  return (...more) => run("apt-get", ["-qq", ...args, ...more], { cwd: dir, stdio: ["ignore", "ignore", 2] });
}

function download(dir, backports) {
  for (const sub of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(dir, sub), { recursive: true });
  const apt = privateApt(dir);
  const release = backports ? ["-t", backports] : [];
  const install = ["install", "--download-only", "--yes", "--no-install-recommends", "--reinstall", ...release];
  return apt("update") && apt(...install, "mesa-vulkan-drivers", "libvulkan1");
}

function unpack(dir) {
  const archives = join(dir, "cache/archives");
  const to = join(dir, "root");
  const debs = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  if (!debs.every((deb) => run("dpkg-deb", ["-x", join(archives, deb), to]))) return false;
  const icds = join(to, "usr/share/vulkan/icd.d");
  const name = existsSync(icds) && readdirSync(icds).find((file) => /^lvp_icd.*\.json$/.test(file));
  if (!name) return false;
  // The file names the library by its place in the system: give it the final place in .gpu.
  const library = join(home, "usr/lib", debianTriplet, "libvulkan_lvp.so");
  const icd = JSON.parse(readFileSync(join(icds, name), "utf8"));
  icd.ICD.library_path = library;
  writeFileSync(join(to, "lvp_icd.json"), `${JSON.stringify(icd, null, 2)}\n`);
  rmSync(home, { recursive: true, force: true });
  renameSync(to, home);
  return true;
}

/** Downloads and unpacks lavapipe; says why and returns undefined where this machine has no way to. */
export function fetchLavapipe() {
  const codename = osRelease().VERSION_CODENAME;
  const isDebian12 = codename === "bookworm";
  const all = readSources();
  const sources = isDebian12 ? withBackports(all, codename) : all;
  if (!existsSync("/usr/bin/apt-get") || sources.length === 0) return undefined;
  const origin = isDebian12 ? `${codename}-backports` : "this system's packages";
  say(`unpacking Mesa's software driver lavapipe from ${origin} into .gpu/mesa (10 to 60 MB)`);
  const dir = join(gpuDir, `mesa.${process.pid}.tmp`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "mesa.sources"), formatDeb822(sources));
  try {
    if (download(dir, isDebian12 ? origin : undefined) && unpack(dir)) return unpackedLavapipe();
    say("could not get lavapipe through apt (its message is above); going on without it");
    return undefined;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
