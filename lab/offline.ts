/** Lets the page open without a network from now on. Where the browser has no service workers, it needs one as before. */
export async function registerOffline(): Promise<void> {
  try {
    await navigator.serviceWorker?.register(new URL("service-worker.js", document.baseURI));
  } catch {
    // An address that is not secure, or storage that is switched off: everything else works.
  }
}
