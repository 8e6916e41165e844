/**
 * Byte shuffling, as Blosc and HDF5 do it: the first bytes of all numbers, then the second bytes, and so on. Similar numbers
 * share their upper bytes, which compress well once they are next to each other.
 */
export function shuffleBytes({ buffer, byteOffset, byteLength }: ArrayBufferView, elementBytes: number): Uint8Array {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (elementBytes === 1) return bytes;
  const planes = new Uint8Array(byteLength);
  const count = byteLength / elementBytes;
  for (let plane = 0, to = 0; plane < elementBytes; plane++) {
    for (let i = 0, from = plane; i < count; i++, from += elementBytes) planes[to++] = bytes[from]!;
  }
  return planes;
}

/** The inverse of shuffleBytes, in a new buffer. */
export function unshuffleBytes(planes: Uint8Array, elementBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(planes.length);
  const count = planes.length / elementBytes;
  for (let plane = 0, from = 0; plane < elementBytes; plane++) {
    for (let i = 0, to = plane; i < count; i++, to += elementBytes) bytes[to] = planes[from++]!;
  }
  return bytes;
}
