// Node has no navigator.gpu: give it Dawn's, once per process.
import { provideGpu } from "../../src/cli/gpu.host.ts";

await provideGpu();
