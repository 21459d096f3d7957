declare module "wgsl-preprocessor/wgsl-preprocessor.js" {
  /** Template tag: resolves `#if`/`#elif`/`#else`/`#endif` between the strings. */
  export function wgsl(strings: readonly string[], ...values: unknown[]): string;
}

declare module "*.wgsl" {
  const source: string;
  export default source;
}
