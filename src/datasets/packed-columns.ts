import { promisify } from 'node:util';
import { deflateRawSync, inflateRaw } from 'node:zlib';
import type { NewColumn } from './dataset.store.ts';

/**
 * The columns of a report on their way from the thread that read the file. A hundred thousand of them are 200 MB of
 * objects: to copy, write or look through these at once stops everything else for seconds. So they come as JSON that the
 * thread has written, in pieces that are worked on one at a time, and deflated: their keys are the same in every column.
 */
export interface PackedColumns {
  readonly count: number;
  readonly pieces: readonly ColumnsPiece[];
  /** A JSON array of all names, deflated. */
  readonly names: Uint8Array;
}

export interface ColumnsPiece {
  /** The place of its first column, and how many it has. */
  readonly first: number;
  readonly count: number;
  /** A JSON array of columns, deflated. */
  readonly json: Uint8Array;
}

/**
 * Characters of JSON in a piece: some 30 columns of numbers, which are inserted in about 3 ms. Larger texts are large objects to
 * V8 too: with 800 of them of 256 kB in a row, collecting them stopped the event loop for longer.
 */
const PIECE_LENGTH = 1 << 16;
/** Room for a piece in one buffer, mostly. */
const PIECE_BYTES = 1 << 17;

const inflate = promisify(inflateRaw);

/** Called in the thread that has read them. */
export function packColumns(columns: readonly NewColumn[]): PackedColumns {
  const pieces: ColumnsPiece[] = [];
  let texts: string[] = [];
  let length = 0;
  const end = (next: number) => {
    if (texts.length > 0)
      pieces.push({ first: next - texts.length, count: texts.length, json: deflated(`[${texts.join()}]`) });
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

/** What of the memory can go to another thread without being copied. */
export function transferOf({ pieces, names }: PackedColumns): ArrayBuffer[] {
  return [names, ...pieces.map(({ json }) => json)].map(({ buffer }) => buffer as ArrayBuffer);
}

/** A piece as JSON text. It is inflated in a thread of Node's. */
export async function jsonOf({ json }: ColumnsPiece): Promise<string> {
  return (await inflate(json, { chunkSize: PIECE_BYTES })).toString();
}

/** The pieces' columns at these places, which ascend. Each piece is a turn of the event loop of its own. */
export async function columnsAt({ pieces }: PackedColumns, ordinals: readonly number[]): Promise<NewColumn[]> {
  const found: NewColumn[] = [];
  let next = 0;
  for (const piece of pieces) {
    const after = piece.first + piece.count;
    if ((ordinals[next] ?? Number.POSITIVE_INFINITY) >= after) continue;
    const columns = JSON.parse(await jsonOf(piece)) as readonly NewColumn[];
    for (let ordinal = ordinals[next]; ordinal !== undefined && ordinal < after; ordinal = ordinals[++next]) {
      found.push(columns[ordinal - piece.first] as NewColumn);
    }
  }
  return found;
}

/** All names, in the order of the file. */
export async function namesOf({ names }: PackedColumns): Promise<readonly string[]> {
  return JSON.parse((await inflate(names)).toString()) as readonly string[];
}

/** The quickest level: it makes a twentieth of the usual JSON, at some 200 MB a second. */
const LEVEL = 1;

function deflated(text: string): Uint8Array {
  const bytes = deflateRawSync(text, { level: LEVEL });
  // Of its own memory: that of small results is a piece of what Node shares among buffers, and cannot be given away.
  return new Uint8Array(bytes);
}
