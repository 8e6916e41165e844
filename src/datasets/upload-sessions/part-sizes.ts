/** As many parts as object stores take. */
const MAX_PARTS = 10_000;

const MEBIBYTE = 1 << 20;

/** A file in parts. All parts but the last have the same size. */
export interface PartedFile {
  readonly sizeBytes: number;
  readonly partSizeBytes: number;
}

/** One part of an upload. */
export interface UploadPart {
  readonly workspaceId: string;
  /** Of the upload session. */
  readonly id: string;
  readonly number: number;
  readonly sizeBytes: number;
}

/** The size of a file's parts: as the setting says, but larger where there would be more than 10,000 of them. */
export function partSizeOf(sizeBytes: number, usualBytes: number): number {
  const atLeast = Math.ceil(sizeBytes / MAX_PARTS);
  return atLeast <= usualBytes ? usualBytes : Math.ceil(atLeast / MEBIBYTE) * MEBIBYTE;
}

export function partCountOf({ sizeBytes, partSizeBytes }: PartedFile): number {
  return Math.ceil(sizeBytes / partSizeBytes);
}

/** The exact size of a part; null for a number that the file has no part of. */
export function sizeOfPart(file: PartedFile, number: number): number | null {
  const count = partCountOf(file);
  if (!Number.isInteger(number) || number < 1 || number > count) return null;
  return number < count ? file.partSizeBytes : file.sizeBytes - (count - 1) * file.partSizeBytes;
}

/** Ranges of numbers, as people write them. @example rangesOf([1, 2, 3, 7]) // => '1-3, 7' */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const shown = ranges.slice(0, 10).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return ranges.length > shown.length ? `${shown.join(', ')} …` : shown.join(', ');
}
