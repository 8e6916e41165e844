/**
 * Typed arrays as base64 text (RFC 4648 section 4, with padding), little-endian, the same in Node and in browsers.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 61;

// Bundles of what only reads do without it.
const CHARACTER_OF_SEXTET = /* @__PURE__ */ Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));

/** Base64 of the bytes. Cost: one pass, about 4/3 of the bytes in text. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    // Indexes past the end read as undefined, which the bit operations take as 0: the padding overwrites them.
    const triple = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text[at++] = CHARACTER_OF_SEXTET[triple >>> 18]!;
    text[at++] = CHARACTER_OF_SEXTET[(triple >>> 12) & 63]!;
    text[at++] = CHARACTER_OF_SEXTET[(triple >>> 6) & 63]!;
    text[at++] = CHARACTER_OF_SEXTET[triple & 63]!;
  }
  const rest = bytes.length % 3;
  if (rest > 0) text[at - 1] = PADDING;
  if (rest === 1) text[at - 2] = PADDING;
  return new TextDecoder().decode(text);
}

/** The bytes of a base64 text; null if it is invalid. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  // What atob takes beside: white space, and no padding.
  if (text.length % 4 !== 0 || /\s/.test(text)) return null;
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The array types that a model file may hold. */
const ARRAY_TYPES = { float64: Float64Array, uint32: Uint32Array, uint16: Uint16Array } as const;

export type ArrayType = keyof typeof ARRAY_TYPES;
export type ArrayOfType<T extends ArrayType> = InstanceType<(typeof ARRAY_TYPES)[T]>;

export const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The array's elements as little-endian bytes. */
export function littleEndianBytes(array: Float64Array | Uint32Array | Uint16Array): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return HOST_IS_LITTLE_ENDIAN ? bytes : reverseElements(bytes, array.BYTES_PER_ELEMENT);
}

/** The elements held in little-endian bytes, or null if the bytes are no whole number of elements. */
export function arrayFromLittleEndian<T extends ArrayType>(
  type: T,
  bytes: Uint8Array<ArrayBuffer>,
): ArrayOfType<T> | null {
  const size = ARRAY_TYPES[type].BYTES_PER_ELEMENT;
  if (bytes.length % size !== 0) return null;
  const host = HOST_IS_LITTLE_ENDIAN ? bytes : reverseElements(bytes, size);
  return new ARRAY_TYPES[type](host.buffer, host.byteOffset, host.length / size) as ArrayOfType<T>;
}

function reverseElements(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const reversed = Uint8Array.from(bytes);
  for (let i = 0; i < bytes.length; i += size) reversed.subarray(i, i + size).reverse();
  return reversed;
}
