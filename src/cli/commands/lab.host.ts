import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { Interruption } from "../interruption.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes, UsageError } from "../usage.ts";

type OpenLab = (port?: number) => Promise<{ readonly server: Server; readonly address: string }>;

/** `backlight lab`: serves the lab to this machine's browser until Ctrl-C. */
export async function runLab(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const script = new URL("../../../scripts/lab/lab.mjs", import.meta.url);
  if (!existsSync(fileURLToPath(script))) throw new Error("lab: scripts/lab is missing. Install the package again.");
  const { openLab } = (await import(script.href)) as { openLab: OpenLab };
  const { server, address } = await openLab(portOf(options));
  terminal.say(`The lab is at ${address} (a browser with WebGPU is wanted). Ctrl-C ends it.`);
  terminal.result({ address });
  const interruption = new Interruption(() => server.closeAllConnections());
  await once(interruption.signal, "abort");
  server.close();
  return exitCodes.ok;
}

function portOf(options: ParsedOptions): number | undefined {
  const text = options.get("port");
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65536) return port;
  throw new UsageError(`--port takes a number from 0 (any that is free) to 65535, not "${text}".`);
}
