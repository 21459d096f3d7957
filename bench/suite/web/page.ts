// The form of the page: it makes a command line of its fields, and shows what comes of it.
import { kernelTable } from "../kernels.ts";
import { modelNames } from "../options.ts";
import type { Message } from "./messages.ts";

function find<E extends Element>(selector: string, kind: new () => E): E {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${selector}`);
}

const form = find("form", HTMLFormElement);
const button = find("button", HTMLButtonElement);
const status = find('[role="status"]', HTMLElement);
const log = find("pre", HTMLPreElement);
const frame = find("iframe", HTMLIFrameElement);
const files = find("#files", HTMLElement);

function fill(selector: string, names: readonly string[]): void {
  const options = ["", ...names].map((name) => new Option(name || "none", name));
  find(selector, HTMLSelectElement).append(...options);
}

fill('[name="kernel"]', ["all", ...Object.keys(kernelTable)]);
fill('[name="model"]', modelNames);
find('[name="kernel"]', HTMLSelectElement).value = "conv2d";

function commandLine(): string[] {
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  return [...given.flatMap(([name, value]) => [`--${name}`, String(value)]), "--json", "json", "--report", "html"];
}

function show(message: Message): void {
  if ("print" in message) log.textContent += `${message.print}\n`;
  else if ("save" in message) offer(message.save, message.text);
  else {
    status.textContent = message.done || "Done.";
    button.disabled = false;
  }
}

/** A link to what the benchmark wrote; the report is shown too. */
function offer(name: string, text: string): void {
  const link = find(`#${name}`, HTMLAnchorElement);
  if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([text], { type: name === "json" ? "application/json" : "text/html" }));
  files.hidden = false;
  if (name !== "html") return;
  frame.srcdoc = text;
  frame.hidden = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const worker = new Worker("worker.js", { type: "module" });
  button.disabled = true;
  log.textContent = "";
  status.textContent = "Measuring; leave this tab in front.";
  worker.onmessage = ({ data }: MessageEvent<Message>) => {
    show(data);
    if ("done" in data) worker.terminate();
  };
  worker.onerror = ({ message }) => show({ done: message });
  worker.postMessage(commandLine());
});
