// node scripts/count-tests.mjs REPORT.json...: prints "N passed, N failed[, N skipped]" of vitest's JSON reports together.
import { readFileSync } from "node:fs";

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** A run that ended without a report counts as one failure, and so does a file that could not be loaded. */
function count(report) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failed = report.numFailedTests + broken.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  return { passed: report.numPassedTests, failed: failed || (report.success ? 0 : 1), skipped };
}

const files = process.argv.slice(2);
const counts = files.map((file) => count(readReport(file)));
const sum = (name) => counts.reduce((total, each) => total + each[name], 0);
const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
if (failed > 0 || passed === 0) process.exitCode = 1;
