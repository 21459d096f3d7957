/** @see HDF5 File Format Specification 3.0, section IV.A.1.a (object headers of version 1) */
import { viewOf } from "./hdf5-heap.ts";
import { messageTypes } from "./hdf5-message.ts";
import { must, type PlainBytes, uint64 } from "./hdf5-plain-bytes.ts";
import { addTo } from "./lists.ts";

/** What an object is made of, as far as it matters: the bodies of its header's messages, by their type. */
export type PlainHeader = ReadonlyMap<number, readonly Uint8Array[]>;

const { nil, oldFill, fill, oldModified, modified, continuation, ...wanted } = messageTypes;
/** Values are all there, so what missing ones would be does not matter. */
const passedOver: readonly number[] = [nil, oldFill, fill, oldModified, modified];
const kept: readonly number[] = Object.values(wanted);

const prefixBytes = 16;
const messageHeadBytes = 8;
/** Bit 0: the message never changes. Bit 2: it is not to be shared. All others mean more than can be passed over. */
const harmlessFlags = 0b101;

/** Reads an object's header, its continuations too.
 * @throws WeightsFormatError for one that is not plain; RangeError where a message does not end in its block */
export function readHeader(file: PlainBytes, address: number): PlainHeader {
  const head = file.view(address, prefixBytes);
  must(head.getUint8(0) === 1, "an object's header is not of version 1");
  const found = new Map<number, Uint8Array[]>();
  let count = 0;
  const blocks = [{ at: address + prefixBytes, length: head.getUint32(8, true) }];
  // The list grows meanwhile.
  for (const { at, length } of blocks) {
    for (const { type, body } of messagesIn(file.bytes(at, length))) {
      count++;
      if (type === continuation) blocks.push({ at: uint64(viewOf(body), 0), length: uint64(viewOf(body), 8) });
      else if (kept.includes(type)) addTo(found, type, body);
      else must(passedOver.includes(type), `an object has a message of type ${type}`);
    }
  }
  must(count === head.getUint16(2, true), "an object's header has more or fewer messages than it counts");
  return found;
}

function* messagesIn(block: Uint8Array): Generator<{ type: number; body: Uint8Array }> {
  const view = viewOf(block);
  for (let at = 0; at < block.length; ) {
    const end = at + messageHeadBytes + view.getUint16(at + 2, true);
    must(end <= block.length, "a message goes beyond its header");
    must((view.getUint8(at + 4) & ~harmlessFlags) === 0, "a message is shared, or must not be passed over");
    yield { type: view.getUint16(at, true), body: block.subarray(at + messageHeadBytes, end) };
    at = end;
  }
}

/** The only message of a type. */
export function only(header: PlainHeader, type: number): Uint8Array {
  const [body, ...others] = header.get(type) ?? [];
  must(body !== undefined && others.length === 0, `an object has not exactly one message of type ${type}`);
  return body;
}
