import { isAscii, isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { LineUnquoter } from '../sniffer/line-quotes.ts';
import { SINGLE_BYTE_ENCODINGS } from './text-decoding.ts';

/** What the first bytes of a file say about its encoding. */
export interface ByteOrderMark {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  readonly length: number;
}

/** The byte order mark at the start of a file; null if there is none. */
export function byteOrderMark(head: Uint8Array): ByteOrderMark | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

/**
 * Encodings whose bytes the scanner may take as they are: every byte below 128 is that ASCII character and no
 * other byte can be part of a delimiter. All others become UTF-8 on the way in.
 */
export function isReadAsIs(encoding: string): boolean {
  return encoding === 'utf-8' || SINGLE_BYTE_ENCODINGS.some((known) => known === encoding);
}

/** How far a file is from being UTF-8. */
export interface Utf8Counts {
  /** Well-formed characters of more than one byte. */
  readonly wellFormed: number;
  /** Bytes that belong to no well-formed character. */
  readonly malformed: number;
  /** Those of them that are at least 0xe0, where windows-1251 has the small Cyrillic letters. */
  readonly cyrillic: number;
  /** Those that come directly after another malformed byte. */
  readonly adjacent: number;
}

/**
 * The encoding of a file that does not name its own: UTF-8 where most characters beyond ASCII are well-formed
 * UTF-8 (chance makes that of other text hardly ever); else windows-1251 where such bytes mostly stand side by side
 * and are small Cyrillic letters, for words are then made of nothing else; else windows-1252, where accented
 * letters stand alone among ASCII ones.
 */
export function encodingOf({ wellFormed, malformed, cyrillic, adjacent }: Utf8Counts): string {
  if (malformed === 0 || wellFormed > malformed) return 'utf-8';
  return adjacent * 2 > malformed && cyrillic * 2 > malformed ? 'windows-1251' : 'windows-1252';
}

/** The part of a file that contains its records, and the conversions before scanning. */
export interface SourceSpan {
  /** Bytes to skip at the start of the file: the byte order mark, a line that tells Excel the delimiter. */
  readonly skip: number;
  /** Where to stop; the end of the file where left out. */
  readonly end?: number | undefined;
  /** The quote around whole lines, to be taken off; nothing where lines are as they should be. */
  readonly lineQuote?: string | undefined;
  /** Further bytes to skip after the conversion. */
  readonly drop?: number | undefined;
}

/** Whether the bytes of a span are those of the file, so that it can be cut anywhere between records. */
export function isUnchanged(encoding: string, { lineQuote }: SourceSpan): boolean {
  return isReadAsIs(encoding) && lineQuote === undefined;
}

/**
 * The bytes of a CSV file from its first cell on, in order: without the byte order mark, without quotes around whole lines,
 * and as UTF-8 where the encoding is not one that can be scanned as it is. Close it when done.
 */
export class ByteSource {
  /** Bytes up to which it is read: those in the file, or fewer. */
  readonly size: number;
  #descriptor: number;
  #position: number;
  #decoder: TextDecoder | null;
  readonly #unquoter: LineUnquoter | null;
  #toDrop: number;
  #converted: Buffer = Buffer.alloc(0);
  #raw: Buffer = Buffer.alloc(0);

  /**
   * @param encoding the canonical name of a WHATWG encoding
   * @throws the file system's error where the file cannot be opened
   */
  constructor(path: string, encoding: string, { skip, end, lineQuote, drop }: SourceSpan) {
    this.#descriptor = openSync(path, 'r');
    this.size = Math.min(end ?? Number.POSITIVE_INFINITY, fstatSync(this.#descriptor).size);
    this.#position = skip;
    this.#decoder = isReadAsIs(encoding) ? null : new TextDecoder(encoding, { ignoreBOM: true });
    this.#unquoter = lineQuote === undefined ? null : new LineUnquoter(lineQuote.charCodeAt(0));
    this.#toDrop = drop ?? 0;
  }

  /** Between 0 and 1: how much of the file has been read. */
  get fraction(): number {
    return this.size === 0 ? 1 : Math.min(1, this.#position / this.size);
  }

  /** Reads up to `length` bytes into `target` at `offset`. Returns how many; 0 only at the end. */
  read(target: Buffer, offset: number, length: number): number {
    if (this.#decoder === null && this.#unquoter === null && this.#toDrop === 0) {
      const wanted = Math.min(length, this.size - this.#position);
      const count = wanted <= 0 ? 0 : readSync(this.#descriptor, target, offset, wanted, this.#position);
      this.#position += count;
      return count;
    }
    while (this.#converted.length === 0) {
      if (!this.#convertMore()) return 0;
    }
    const count = Math.min(length, this.#converted.length);
    this.#converted.copy(target, offset, 0, count);
    this.#converted = this.#converted.subarray(count);
    return count;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** False at the end of the file. */
  #convertMore(): boolean {
    if (this.#raw.length === 0) this.#raw = Buffer.allocUnsafe(CONVERTED_BYTES);
    const wanted = Math.max(0, Math.min(CONVERTED_BYTES, this.size - this.#position));
    const count = wanted === 0 ? 0 : readSync(this.#descriptor, this.#raw, 0, wanted, this.#position);
    this.#position += count;
    let bytes: Buffer = this.#raw.subarray(0, count);
    if (this.#decoder !== null) bytes = Buffer.from(this.#decoder.decode(bytes, { stream: count > 0 }), 'utf8');
    const isMore = count > 0 || bytes.length > 0;
    if (this.#unquoter !== null) bytes = this.#unquoter.take(bytes);
    const dropped = Math.min(this.#toDrop, bytes.length);
    this.#toDrop -= dropped;
    this.#converted = bytes.subarray(dropped);
    return isMore;
  }
}

/** Bytes converted at a time: large enough that the calls do not count, small enough to stay in the cache. */
const CONVERTED_BYTES = 1 << 18;

/**
 * Judges, chunk by chunk, whether bytes are UTF-8. Chunks that are (nearly all) are checked by the built-in,
 * which takes about 0.1 ns a byte; only others are walked through byte by byte.
 */
export class Utf8Detector {
  #wellFormed = 0;
  #malformed = 0;
  #cyrillic = 0;
  #adjacent = 0;
  /** Whether the byte before the next chunk is malformed. */
  #endsMalformed = false;
  /** The bytes of a character that the last chunk cut, at most 3. */
  #rest: Buffer = Buffer.alloc(0);

  get counts(): Utf8Counts {
    return {
      wellFormed: this.#wellFormed,
      malformed: this.#malformed + this.#rest.length,
      cyrillic: this.#cyrillic,
      adjacent: this.#adjacent,
    };
  }

  add(chunk: Buffer): void {
    if (this.#rest.length === 0 && isAscii(chunk)) {
      if (chunk.length > 0) this.#endsMalformed = false;
      return;
    }
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = wholeCharacters(bytes);
    this.#rest = Buffer.from(bytes.subarray(whole));
    const body = bytes.subarray(0, whole);
    if (isUtf8(body)) {
      this.#wellFormed += countLeadBytes(body);
      if (body.length > 0) this.#endsMalformed = false;
    } else this.#walk(body);
  }

  #walk(bytes: Buffer): void {
    let position = 0;
    let lastMalformed = this.#endsMalformed ? -1 : -2;
    while (position < bytes.length) {
      if (bytes[position]! < 0x80) {
        position++;
        continue;
      }
      const length = characterLength(bytes[position]!);
      if (length > 1 && position + length <= bytes.length && isUtf8(bytes.subarray(position, position + length))) {
        this.#wellFormed++;
        position += length;
      } else {
        this.#malformed++;
        if (bytes[position]! >= 0xe0) this.#cyrillic++;
        if (lastMalformed === position - 1) this.#adjacent++;
        lastMalformed = position++;
      }
    }
    this.#endsMalformed = lastMalformed === bytes.length - 1;
  }
}

/** The length up to which no character is cut, looking at the last three bytes only. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return characterLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function countLeadBytes(bytes: Buffer): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index++) if (bytes[index]! >= 0xc0) count++;
  return count;
}

/** Bytes in the character that begins with `lead`; 1 for bytes that begin none. */
function characterLength(lead: number): number {
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  if (lead >= 0xe0) return lead < 0xf0 ? 3 : 1;
  return lead >= 0xc2 ? 2 : 1;
}
