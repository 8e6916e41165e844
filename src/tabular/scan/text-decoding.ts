import { TextDecoder } from 'node:util';

/** Turns bytes of a file into text. */
export type Decode = (bytes: Buffer, start: number, end: number) => string;

/**
 * Encodings of one byte a letter that a file may be in without saying so: Western European and Cyrillic. Their
 * first half is ASCII, so that a file in one of them can be cut into cells before anyone knows which it is.
 */
export const SINGLE_BYTE_ENCODINGS = ['windows-1252', 'windows-1251'] as const;

/** What bytes 0x80 to 0xff stand for, one character each. */
const HIGH_HALVES = new Map<string, string>(
  SINGLE_BYTE_ENCODINGS.map((encoding) => {
    return [encoding, new TextDecoder(encoding).decode(Uint8Array.from({ length: 128 }, (_, index) => 128 + index))];
  }),
);

/** Malformed UTF-8 reads as U+FFFD; a byte order mark is kept. */
export const decodeUtf8: Decode = (bytes, start, end) => bytes.toString('utf8', start, end);

/**
 * How text is decoded once it has been cut into cells: one byte a letter as such, everything else as UTF-8, which
 * all other encodings have become on the way in.
 */
export function decoderFor(encoding: string): Decode {
  const high = HIGH_HALVES.get(encoding);
  if (high === undefined) return decodeUtf8;
  return (bytes, start, end) =>
    bytes
      .toString('latin1', start, end)
      .replace(/[\u0080-\u00ff]/g, (character) => high[character.charCodeAt(0) - 128]!);
}

/** Text in an encoding of one byte a letter; null where it has letters that the encoding has not. */
export function encodeSingleByte(text: string, encoding: (typeof SINGLE_BYTE_ENCODINGS)[number]): Buffer | null {
  const high = HIGH_HALVES.get(encoding) ?? '';
  const bytes = Array.from(text, (character) => {
    // -1 for a letter that is not there becomes 127, which no text has.
    return character < '\u0080' ? character.charCodeAt(0) : high.indexOf(character) + 128;
  });
  return bytes.includes(127) ? null : Buffer.from(bytes);
}

/** Cells that were kept with one character for each byte, as text. */
export function decodeLatin1Cell(cell: string, decode: Decode): string {
  const bytes = Buffer.from(cell, 'latin1');
  return decode(bytes, 0, bytes.length);
}
