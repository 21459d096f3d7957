// Reads the mirrors this machine already trusts, so that set-up names none of its own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const optionFields = { "signed-by": "Signed-By", arch: "Architectures", trusted: "Trusted" };

/** `deb [signed-by=/k.gpg] URI SUITE COMPONENT...`, one source a line. */
function parseOneLine(text) {
  const lines = text.split("\n").map((line) => /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line));
  return lines.filter(Boolean).map(([, options = "", uri, suite, components]) => {
    const source = { Types: "deb", URIs: uri, Suites: suite, Components: components.trim() };
    for (const option of options.trim().split(/\s+/)) {
      const [name, value] = option.split("=");
      if (name in optionFields && value) source[optionFields[name]] = value.replaceAll(",", " ");
    }
    return source;
  });
}

/** The deb822 form: paragraphs of `Field: value`, continued on indented lines (an inline key has many). */
function parseDeb822(text) {
  const withoutComments = text.replace(/^#.*\n?/gm, "");
  const paragraphs = withoutComments.split(/\n[ \t]*\n/).filter((p) => p.trim());
  const sources = paragraphs.map((paragraph) => {
    const fields = paragraph.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
    return Object.fromEntries([...fields].map(([, name, value]) => [name, value.trimEnd()]));
  });
  const isOn = (source) => !/^(no|false|0)$/i.test(source.Enabled ?? "yes");
  return sources.filter((source) => /\bdeb\b/.test(source.Types ?? "") && source.URIs && isOn(source));
}

/** Every package source of this machine, as deb822 fields. */
export function readSources() {
  const etc = "/etc/apt";
  const parts = join(etc, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [];
  const files = [join(etc, "sources.list"), ...names].filter((file) => existsSync(file));
  return files.flatMap((file) => {
    if (file.endsWith(".sources")) return parseDeb822(readFileSync(file, "utf8"));
    return file.endsWith(".list") ? parseOneLine(readFileSync(file, "utf8")) : [];
  });
}

/** The sources that carry the release itself, plus its backports from the same mirror and under the same key. */
export function withBackports(sources, codename) {
  const ofRelease = sources.filter((source) =>
    source.Suites.split(/\s+/).some((suite) => suite === codename || suite.startsWith(`${codename}-`)),
  );
  const main = ofRelease.find((source) => source.Suites.split(/\s+/).includes(codename));
  if (!main) return [];
  return [...ofRelease, { ...main, Types: "deb", Suites: `${codename}-backports`, Components: "main" }];
}

export function formatDeb822(sources) {
  const fields = ["Types", "URIs", "Suites", "Components", "Architectures", "Signed-By", "Trusted"];
  const format = (source) =>
    fields
      .filter((name) => source[name])
      .map((name) => `${name}: ${name === "Types" ? "deb" : source[name]}\n`)
      .join("");
  return sources.map(format).join("\n");
}
