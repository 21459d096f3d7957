// Which of the four lanes of vitest.config.ts a test runs in, and what that lane promises.
import { inject } from "vitest";

/** A runtime together with the WebGPU implementation under it. */
export type Lane = "deno-lavapipe" | "deno-swiftshader" | "node-dawn" | "chrome";

/** "gpu" is a real one, "cpu" a software driver that is neither of the two named ones. */
export type Driver = "lavapipe" | "swiftshader" | "gpu" | "cpu";

declare module "vitest" {
  export interface ProvidedContext {
    lane: Lane;
    driver: Driver;
    adapter: string;
  }
}

/** The lane that this test file runs in. */
export function lane(): Lane {
  return inject("lane");
}

/** The driver that set-up found for this lane; it differs from the lane's name only where there was no such driver. */
export function promisedDriver(): Driver {
  return inject("driver");
}

/** The description of the adapter that set-up found for this lane. */
export function promisedAdapter(): string {
  return inject("adapter");
}
