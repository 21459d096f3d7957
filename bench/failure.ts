/** Ends a benchmark with its message alone: what a user can put right, or a result that is not wanted. */
export class BenchFailure extends Error {
  override readonly name = "BenchFailure";
}
