import type { BlockLabels } from '../scan/label-spill.ts';
import type { Decode } from '../scan/text-decoding.ts';
import { PackedTexts } from '../types/labels.ts';
import type { ReadLabels } from '../types/read-labels.ts';

/** The labels of a block, and what each became among those of the whole column. */
export interface NumberedLabels extends BlockLabels {
  readonly recode: Int32Array;
  /** The line of the file before the first of the block. */
  readonly lineBase: number;
}

/** How many labels a column has, and how many bytes they take. */
export interface LabelTotals {
  readonly size: number;
  readonly bytes: number;
}

/**
 * The labels of a column, from those of its blocks in order: they were numbered by first appearance, so that a label is new where
 * its number is the next. Needs what it returns, and one block.
 */
export function collectLabels(blocks: Iterable<NumberedLabels>, totals: LabelTotals, decode: Decode): ReadLabels {
  const bytes = Buffer.allocUnsafeSlow(totals.bytes);
  const offsets = new Uint32Array(totals.size + 1);
  const firstLines = new Uint32Array(totals.size);
  const counts = new Uint32Array(totals.size);
  let next = 0;
  for (const { labels, counts: blockCounts, recode, lineBase } of blocks) {
    // Labels that are new one after the other are copied in one piece.
    let copied = 0;
    let end = 0;
    const copy = () => {
      bytes.set(labels.bytes.subarray(copied, end), offsets[next]! - (end - copied));
    };
    for (let code = 0; code < recode.length; code++) {
      const number = recode[code]!;
      counts[number] = counts[number]! + blockCounts[code]!;
      const start = end;
      if (number !== next) {
        if (copied < start) copy();
        end = labels.ends[code]!;
        copied = end;
        continue;
      }
      end = labels.ends[code]!;
      firstLines[number] = labels.firstLines[code]! + lineBase;
      next++;
      offsets[next] = offsets[number]! + end - start;
    }
    if (copied < end) copy();
  }
  return { labels: new PackedTexts(bytes, offsets, decode), firstLines, counts };
}
