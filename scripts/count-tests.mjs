// node scripts/count-tests.mjs REPORT.json: prints "N passed, N failed[, N skipped]" of a vitest JSON report.
import { readFileSync } from "node:fs";

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const report = readReport(process.argv[2] ?? "");
if (report) {
  const results = report.testResults;
  // A file that could not even be loaded has no tests to count, but is a failure.
  const brokenFiles = results.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  const failed = report.numFailedTests + brokenFiles;
  const skipped = report.numPendingTests + report.numTodoTests;
  console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  if (failed > 0 || report.numPassedTests === 0 || !report.success) process.exitCode = 1;
} else {
  console.log("The test run ended without a report.\n0 passed, 1 failed");
  process.exitCode = 1;
}
