/** Bytes that grow, little-endian, with places that are filled in later: what the parts of an HDF5 file are made of. */
export class Hdf5Bytes {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(...values: readonly number[]): this {
    const at = this.#grow(values.length);
    this.#bytes.set(values, at);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** An address or a length; returns where it stands, for `patch`. */
  u64(value: number): number {
    const at = this.#grow(8);
    this.patch(at, value);
    return at;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  zeros(count: number): this {
    this.#grow(count);
    return this;
  }

  /** Zeros up to a multiple of 8. */
  align(): this {
    return this.zeros((8 - (this.#length % 8)) % 8);
  }

  patch(at: number, value: number): void {
    this.#view.setBigUint64(at, value === undefinedAddress ? 0xffffffffffffffffn : BigInt(value), true);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** How HDF5 writes "nowhere". */
export const undefinedAddress = -1;
