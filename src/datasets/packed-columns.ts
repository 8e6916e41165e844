import { promisify } from 'node:util';
import { deflateRawSync, inflateRaw } from 'node:zlib';
import type { NewColumn } from './dataset.store.ts';

/**
 * The columns of a report, packed for the transfer from the reading thread. A hundred thousand columns are 200 MB of objects,
 * and copying or searching them at once would block the event loop for seconds. So they are sent as deflated JSON, in pieces
 * that are processed one at a time.
 */
export interface PackedColumns {
  readonly count: number;
  readonly pieces: readonly ColumnsPiece[];
  /** A JSON array of all names, deflated. */
  readonly names: Uint8Array;
}

export interface ColumnsPiece {
  /** Index of its first column, and their number. */
  readonly first: number;
  readonly count: number;
  /** A JSON array of columns, deflated. */
  readonly json: Uint8Array;
}

/**
 * Characters of JSON per piece: about 30 numeric columns, which take 3 ms to insert. Larger strings are large objects to V8:
 * collecting 800 of 256 kB in a row blocked the event loop for longer.
 */
const PIECE_LENGTH = 1 << 16;
/** Buffer size that fits most pieces. */
const PIECE_BYTES = 1 << 17;

const inflate = promisify(inflateRaw);

/** Runs in the thread that read the file. */
export function packColumns(columns: readonly NewColumn[]): PackedColumns {
  const pieces: ColumnsPiece[] = [];
  let texts: string[] = [];
  let length = 0;
  const end = (next: number) => {
    if (texts.length > 0) {
      pieces.push({ first: next - texts.length, count: texts.length, json: deflated(`[${texts.join()}]`) });
    }
    texts = [];
    length = 0;
  };
  columns.forEach((column, index) => {
    const text = JSON.stringify(column);
    texts.push(text);
    length += text.length;
    if (length >= PIECE_LENGTH) end(index + 1);
  });
  end(columns.length);
  return { count: columns.length, pieces, names: deflated(JSON.stringify(columns.map(({ name }) => name))) };
}

/** The buffers that can be transferred to another thread without a copy. */
export function transferOf({ pieces, names }: PackedColumns): ArrayBuffer[] {
  return [names, ...pieces.map(({ json }) => json)].map(({ buffer }) => buffer as ArrayBuffer);
}

/** The JSON text of a piece, inflated in Node's thread pool. */
export async function jsonOf({ json }: ColumnsPiece): Promise<string> {
  return (await inflate(json, { chunkSize: PIECE_BYTES })).toString();
}

/** The columns at these indices, which ascend. Each piece is processed in its own turn of the event loop. */
export async function columnsAt({ pieces }: PackedColumns, ordinals: readonly number[]): Promise<NewColumn[]> {
  const found: NewColumn[] = [];
  let next = 0;
  for (const piece of pieces) {
    const after = piece.first + piece.count;
    if ((ordinals[next] ?? Number.POSITIVE_INFINITY) >= after) continue;
    const columns = JSON.parse(await jsonOf(piece)) as readonly NewColumn[];
    for (let ordinal = ordinals[next]; ordinal !== undefined && ordinal < after; ordinal = ordinals[++next]) {
      found.push(columns[ordinal - piece.first]!);
    }
  }
  return found;
}

/** All names, in file order. */
export async function namesOf({ names }: PackedColumns): Promise<readonly string[]> {
  return JSON.parse((await inflate(names)).toString()) as readonly string[];
}

/** The fastest level: it compresses this JSON to a twentieth, at 200 MB/s. */
const LEVEL = 1;

function deflated(text: string): Uint8Array {
  const bytes = deflateRawSync(text, { level: LEVEL });
  // Copied: small results share a buffer of Node.js that cannot be transferred.
  return new Uint8Array(bytes);
}
