import type { Hdf5Dataset } from "./hdf5-rows.ts";
import type { StoredWeight } from "./model-file.ts";

/** A data set as a layer's weight. */
export function datasetWeight(data: Hdf5Dataset, about: Pick<StoredWeight, "layer" | "name">): StoredWeight {
  return {
    ...about,
    shape: data.shape,
    dtype: data.dtype,
    sizeBytes: data.sizeBytes,
    read: () => data.readFloat32(),
    readRows: (start, count) => data.readRows(start, count),
    readRowsInto: (start, target) => data.readRowsInto(start, target),
  };
}
