import type { ForeignModelFormat } from '../../client/operations/operations.ts';

/** The formats that can be sent. */
export type ModelFormat = Exclude<ForeignModelFormat, '%future added value'>;

/** The formats by the endings that their libraries give them. */
const FORMATS_BY_ENDING: Readonly<Record<string, ModelFormat>> = {
  json: 'XGBOOST_JSON',
  ubj: 'XGBOOST_UBJ',
  txt: 'LIGHTGBM_TEXT',
};

/** The format of a file by the ending of its name; null for another ending. */
export function formatOf(filename: string): ModelFormat | null {
  return FORMATS_BY_ENDING[filename.split('.').at(-1)?.toLowerCase() ?? ''] ?? null;
}

/** The names stand before the trees: more of a file need not be read. */
const MAX_READ_BYTES = 1_000_000;

/**
 * What a model's inputs are called in its file, in their order; null where it does not name them, or not at its beginning. It only
 * helps to fill the form in: the server reads and checks the file.
 */
export async function readInputNames(format: ForeignModelFormat, file: Blob): Promise<readonly string[] | null> {
  const bytes = new Uint8Array(await file.slice(0, MAX_READ_BYTES).arrayBuffer());
  const names = format === 'XGBOOST_UBJ' ? namesInUbj(bytes) : namesInText(format, new TextDecoder().decode(bytes));
  return names === null || names.length === 0 ? null : names;
}

function namesInText(format: ForeignModelFormat, text: string): readonly string[] | null {
  if (format === 'LIGHTGBM_TEXT') return /^feature_names=(.+)$/m.exec(text)?.[1]?.trim().split(' ') ?? null;
  // XGBoost allows no brackets in names.
  const list = /"feature_names"\s*:\s*(\[[^\]]*\])/.exec(text)?.[1];
  if (list === undefined) return null;
  try {
    return textsOf(JSON.parse(list));
  } catch {
    return null;
  }
}

function textsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : null;
}

const KEY = new TextEncoder().encode('feature_names');
/** `[#L`, a list with its length, and `SL`, a text with its length: https://ubjson.org. */
const LIST = new TextEncoder().encode('[#L');
const TEXT = new TextEncoder().encode('SL');
const LENGTH_BYTES = 8;

function namesInUbj(bytes: Uint8Array<ArrayBuffer>): readonly string[] | null {
  const view = new DataView(bytes.buffer);
  const key = indexOf(bytes, KEY);
  let at = key + KEY.length;
  const isNext = (expected: Uint8Array) => expected.every((byte, index) => bytes[at + index] === byte);
  const lengthAfter = (marker: Uint8Array) => {
    if (!isNext(marker) || at + marker.length + LENGTH_BYTES > bytes.length) return null;
    const length = Number(view.getBigInt64(at + marker.length));
    at += marker.length + LENGTH_BYTES;
    return length;
  };
  const count = key < 0 ? null : lengthAfter(LIST);
  if (count === null) return null;
  const names: string[] = [];
  while (names.length < count) {
    const length = lengthAfter(TEXT);
    if (length === null || length < 0 || at + length > bytes.length) return null;
    names.push(new TextDecoder().decode(bytes.subarray(at, at + length)));
    at += length;
  }
  return names;
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
