// Copied to the peers' own folder by install.mjs and imported from there, so that their names are looked up in that folder.
import installed from "./package.json" with { type: "json" };

export const versions = installed.dependencies;

/** CommonJS packages have everything under `default` in some runtimes. */
const flat = (module) => ({ ...module.default, ...module });

export const load = {
  async tfjs(backend) {
    const tf = flat(await import("@tensorflow/tfjs"));
    if (backend === "webgpu") await import("@tensorflow/tfjs-backend-webgpu");
    else {
      const { setWasmPaths } = flat(await import("@tensorflow/tfjs-backend-wasm"));
      const isFile = import.meta.url.startsWith("file:");
      const { href, pathname } = new URL(
        isFile ? "node_modules/@tensorflow/tfjs-backend-wasm/dist/" : ".",
        import.meta.url,
      );
      setWasmPaths(isFile ? decodeURIComponent(pathname) : href);
    }
    return tf;
  },
  async "jax-js"() {
    // it looks for a browser's name, which Node's stand-in for a navigator lacks
    if (globalThis.navigator) navigator.userAgent ??= "";
    return await import("@jax-js/jax");
  },
  async ort(backend) {
    const ort = await (backend === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm"));
    return { ...flat(ort), onnx: flat(await import("onnx-proto")).onnx };
  },
};
