import { formatBytes } from "./number-format.ts";
import { safetensorsHead } from "./safetensors-write.ts";
import { type PlannedValues, type SavePlan, type SaveSource, storedAs } from "./save-plan.ts";

/** Of the layout below; a reader that knows only an older one would miss something. */
const layoutVersion = "1";

/** Backlight's own file: tensors `layer/weight`, and in the metadata all that is needed to build the model again. */
export function planSafetensors(source: SaveSource, dtype: "f16" | "f32"): SavePlan {
  const metadata: Record<string, string> = {
    ...source.metadata,
    format: "backlight",
    version: layoutVersion,
    config: JSON.stringify(source.config),
  };
  const entries = source.slots.map((slot) => ({ slot, dtype: storedAs(slot, dtype, "f32") }));
  // wider numbers first, so that each stands at a multiple of its size
  entries.sort((a, b) => formatBytes[b.dtype] - formatBytes[a.dtype]);
  const { head, offsets, sizeBytes } = safetensorsHead(
    entries.map(({ slot, dtype: stored }) => ({
      name: `${slot.layer}/${slot.name}`,
      shape: slot.shape,
      dtype: stored === "f16" ? "F16" : "F32",
    })),
    metadata,
  );
  const values: PlannedValues[] = entries.map((entry, i) => ({ ...entry, offset: offsets[i] ?? 0 }));
  return { sizeBytes, head, values };
}
