// What is wrong with a command line is said before any work: exit code 2, one line, the nearest right word.
import { describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { commandHelp, parseOptions } from "../../src/cli/options.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { backlight } from "./command.ts";

describe.concurrent("the program", () => {
  it("explains itself", async () => {
    const { code, stdout, stderr } = await backlight([]);
    for (const { spec } of commands) expect(stdout).toContain(`backlight ${spec.name}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("says its version", async () => {
    expect(await backlight(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });

  it.each([
    [["exlpain"], 'Did you mean "explain"?'],
    [["--hlep"], 'Did you mean "--help"?'],
    [["explain", "a.png", "--modle", "vgg16"], "Did you mean --model?"],
  ])("%j is one line and exit code 2", async (args, hint) => {
    const { code, stdout, stderr } = await backlight(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^backlight: [^\n]*\n$/);
    expect(stderr).toContain(hint);
  });
});

describe.each(commands.map(({ spec }) => [spec.name, spec] as const))("%s", (name, spec) => {
  it("lists its options", async () => {
    const text = commandHelp(spec);
    for (const option of [...Object.keys(spec.options), "json", "debug", "help"]) expect(text).toContain(`--${option}`);
    expect(text).toContain(`Usage: backlight ${name}`);
  });

  it("takes --help and -h without its arguments", () => {
    for (const option of ["--help", "-h"]) expect(parseOptions(spec, [option]).has("help")).toBe(true);
  });

  it("refuses what it does not know", () => {
    expect(() => parseOptions(spec, ["--jsno"])).toThrow(/has no option --jsno\. Did you mean --json\?/);
    expect(() => parseOptions(spec, ["-x"])).toThrow(UsageError);
    expect(() => parseOptions(spec, ["--json=1"])).toThrow("--json takes no value");
    const more = [...spec.args, "one more"];
    if (spec.args.at(-1)?.endsWith("...")) expect(parseOptions(spec, more).args).toEqual(more);
    else expect(() => parseOptions(spec, more)).toThrow('"one more" is one argument too many');
    const least = spec.args.filter((arg) => !arg.endsWith("?")).length;
    if (least > 0) expect(() => parseOptions(spec, [])).toThrow(`${name} needs ${spec.args[0]?.replace("...", "")}`);
  });

  it("refuses options without their values, and values that are not known", () => {
    for (const [option, { type, choices }] of Object.entries(spec.options)) {
      if (type !== "string") continue;
      const args = spec.args.map(() => "a");
      expect(() => parseOptions(spec, [...args, `--${option}`])).toThrow(`--${option} needs a value`);
      expect(() => parseOptions(spec, [`--${option}`, "--json", ...args])).toThrow(`--${option} needs a value`);
      if (choices) expect(() => parseOptions(spec, [...args, `--${option}`, "?"])).toThrow(/there is no "\?".*Known/);
    }
  });
});
