import { expect, it } from "vitest";
import { reportHtml } from "../../src/cli/report.ts";

const hostile = `"><script>alert(1)</script>&'`;

it("lets no name from a file into the report's markup", () => {
  const provenance = { model: hostile, method: "gradcam", target: hostile, rule: "gradient" as const, layer: hostile };
  const shown = {
    file: hostile,
    title: hostile,
    bytes: new Uint8Array(1),
    provenance,
    min: 0,
    max: 1,
    empty: true,
    notes: [hostile],
  };
  const html = reportHtml({
    imageName: hostile,
    image: new Uint8Array(1),
    model: hostile,
    adapter: hostile,
    predictions: [{ index: 0, label: hostile, probability: 1, logit: 0 }],
    classes: [
      {
        index: 0,
        title: hostile,
        pictures: [{ ...shown, method: "gradcam", form: "bare" }],
        skipped: [{ method: "cam", why: hostile }],
      },
    ],
    assumptions: [hostile],
    timings: [[hostile, 1]],
    version: "1",
  });
  expect(html).not.toContain("<script");
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;");
});
