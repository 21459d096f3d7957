import { BacklightError, KernelCompileError, OutOfMemoryError } from "../errors.ts";

/** A pipeline that was made since the last submission. */
export interface Compiled {
  /** kernel/variant */
  readonly name: string;
  readonly code: string;
  readonly module: GPUShaderModule;
  /** What was wrong with the module or the pipeline. */
  readonly error: Promise<GPUError | null>;
}

export interface ErrorScopes {
  readonly memory: Promise<GPUError | null>;
  readonly validation: Promise<GPUError | null>;
}

/** What went wrong in one submission, in our words; undefined if nothing did. */
export async function failureOf(scopes: ErrorScopes, compiled: readonly Compiled[]): Promise<Error | undefined> {
  const memory = await said(scopes.memory);
  if (memory)
    return new OutOfMemoryError(
      `the GPU is out of memory: ${memory}. Use a smaller batch or smaller images, or dispose what is not needed.`,
    );
  // first, since whatever uses a broken pipeline is refused as well
  for (const { name, code, module, error } of compiled) {
    const message = await said(error);
    if (message === undefined) continue;
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === "error");
    const text = errors.map((e) => `${e.lineNum}:${e.linePos} ${e.message}`).join("\n");
    return new KernelCompileError(`${name} does not compile: ${text || message}\n${numbered(code)}`);
  }
  const refusal = await said(scopes.validation);
  if (refusal === undefined) return undefined;
  return new BacklightError(
    `the GPU refused a command, which is a fault of Backlight or of the driver; please report it: ${refusal}`,
  );
}

/** The message of an error; a lost device rejects its scopes, but DeviceLostError is raised elsewhere and says more. */
async function said(error: Promise<GPUError | null>): Promise<string | undefined> {
  const caught = await error.catch(() => null);
  return caught?.message;
}

function numbered(code: string): string {
  return code
    .split("\n")
    .map((line, i) => `${String(i + 1).padStart(4)} ${line}`)
    .join("\n");
}
