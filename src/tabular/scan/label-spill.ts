import { closeSync, openSync } from 'node:fs';
import { readAt, writeAt } from '../types/stored-rows.ts';
import type { PackedLabels } from './string-dictionary.ts';

/** The labels of a column of a block, and how many rows have each. */
export interface BlockLabels {
  readonly labels: PackedLabels;
  readonly counts: Uint32Array;
}

/** Where they lie in a spill file: the first lines and the ends, as doubles, then the counts and the texts. */
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
  return count * 20 + length;
}

/** Puts them from byte `at` on. */
export function spillLabels(descriptor: number, { labels, counts }: BlockLabels, at: number): SpilledLabels {
  const count = counts.length;
  writeAt(descriptor, labels.firstLines, at);
  writeAt(descriptor, labels.ends, at + count * 8);
  writeAt(descriptor, counts, at + count * 16);
  writeAt(descriptor, labels.bytes, at + count * 20);
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
    const filled = <View extends Float64Array | Uint32Array | Uint8Array>(view: View, from: number): View => {
      readAt(descriptor, view, at + from);
      return view;
    };
    return {
      labels: {
        firstLines: filled(new Float64Array(count), 0),
        ends: filled(new Float64Array(count), count * 8),
        bytes: filled(new Uint8Array(length), count * 20),
      },
      counts: filled(new Uint32Array(count), count * 16),
    };
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
  }
}
