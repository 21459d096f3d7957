/** The metrics of `backlight evaluate`, in the order in which they are shown. */
export const metricNames = [
  "insertion",
  "deletion",
  "average-drop",
  "increase",
  "road",
  "infidelity",
  "sensitivity",
  "randomisation",
] as const;

export type MetricName = (typeof metricNames)[number];

/** Measured unless others are asked for. */
export const usualMetrics: readonly MetricName[] = ["insertion", "deletion", "average-drop", "increase", "road"];
