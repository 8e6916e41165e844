import { closeSync, openSync } from 'node:fs';
import { readAt, writeAt } from '../types/stored-rows.ts';
import type { PackedLabels } from './string-dictionary.ts';

/** The labels of a column of a block, and how many rows have each. */
export interface BlockLabels {
  readonly labels: PackedLabels;
  readonly counts: Float64Array;
}

/** Where they lie in a spill file: the counts, the first lines and the ends, as doubles, and then the texts. */
export interface SpilledLabels {
  readonly at: number;
  readonly count: number;
  readonly length: number;
}

/** Fewer bytes are kept in memory: to read them again for each column would take longer than it is worth. */
const SPILLED_FROM = 1 << 16;

/** Whether labels are put into a file: those of columns of which most values are distinct are as large as the file. */
export function areSpilled({ labels }: BlockLabels): boolean {
  return labels.bytes.length >= SPILLED_FROM;
}

/** Bytes that they take there. */
export function spilledBytes({ count, length }: Omit<SpilledLabels, 'at'>): number {
  return count * 24 + length;
}

/** Puts them from byte `at` on. */
export function spillLabels(descriptor: number, { labels, counts }: BlockLabels, at: number): SpilledLabels {
  const count = counts.length;
  for (const [index, numbers] of [counts, labels.firstLines, labels.ends].entries()) {
    writeAt(descriptor, numbers, at + index * count * 8);
  }
  writeAt(descriptor, labels.bytes, at + count * 24);
  return { at, count, length: labels.bytes.length };
}

/** Reads what several threads have spilled. Close it when done. */
export class SpillReader {
  readonly #path: string;
  readonly #descriptors = new Map<number, number>();

  /** @param path to which each spill file's number is added */
  constructor(path: string) {
    this.#path = path;
  }

  read(spill: number, { at, count, length }: SpilledLabels): BlockLabels {
    const descriptor = this.#descriptors.get(spill) ?? openSync(`${this.#path}${spill}`, 'r');
    this.#descriptors.set(spill, descriptor);
    const numbers = (index: number) => {
      const read = new Float64Array(count);
      readAt(descriptor, read, at + index * count * 8);
      return read;
    };
    const bytes = new Uint8Array(length);
    readAt(descriptor, bytes, at + count * 24);
    return { counts: numbers(0), labels: { firstLines: numbers(1), ends: numbers(2), bytes } };
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
  }
}
