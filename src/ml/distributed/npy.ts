/** The beginning of a numpy file of format 1.0. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

/** Headers end at a multiple of so many bytes. */
const ALIGNMENT = 64;

/** Types of elements: unsigned bytes, and floats of 32 bits. */
export type NpyType = '|u1' | '<f4';

/**
 * The header of a `.npy` file: what precedes the elements, in C order and little-endian. The format is numpy's
 * (numpy.lib.format, version 1.0): the magic, the length of the rest in two bytes, and a Python dictionary padded to a multiple of 64 bytes.
 */
export function npyHeader(type: NpyType, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const before = MAGIC.length + 2;
  const length = Math.ceil((before + text.length + 1) / ALIGNMENT) * ALIGNMENT - before;
  const header = new Uint8Array(before + length).fill(0x20);
  header.set(MAGIC);
  new DataView(header.buffer).setUint16(MAGIC.length, length, true);
  header.set(new TextEncoder().encode(text), before);
  header[header.length - 1] = 0x0a;
  return header;
}

/** The bytes of floats as a `.npy` file has them. */
export function floatBytes(values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** What follows the header of a file of format 1.0. */
export function npyData(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(MAGIC.length + 2 + bytes[8]! + 256 * bytes[9]!);
}
