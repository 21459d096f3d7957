/** What the engine knows of a tape. */
export interface Recorder {
  label: string;
  /** Called by operations, with what the tape keeps of them. */
  record(entry: never): void;
  /** Whether values that are equal as defined must come out equal, as a walk back over the recording wants it: which of two
   * equal values is a maximum, and which sum is exactly 0, decides where gradients go. */
  readonly exact?: boolean;
}
