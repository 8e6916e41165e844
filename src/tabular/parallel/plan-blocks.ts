import { statSync } from 'node:fs';
import type { CsvLimits, CsvOptions } from '../csv-options.ts';
import { isReadAsIs, isUnchanged } from '../scan/byte-source.ts';
import { HASH_SEED } from '../scan/csv-wasm.ts';
import { transcodeToUtf8 } from '../scan/transcode.ts';
import { syntaxOf } from '../sniffer/delimiter-guess.ts';
import type { SniffedFile } from '../sniffer/sniff-file.ts';
import type { BlockTask } from './block-reader.ts';
import { divideFile } from './file-blocks.ts';

/** Where a large file is read from and what comes of it. */
export interface LargeCsv {
  readonly path: string;
  /** The path of its table; null to write none. */
  readonly tablePath: string | null;
  /** The beginning of the paths of temporary files, which take up to 8 bytes a cell, and the text once more where it has to be converted. They are removed. */
  readonly spillPath: string;
  readonly options: CsvOptions;
  readonly limits: CsvLimits;
  /** Bytes that a thread reads at once into a block of its own; the result does not depend on it. */
  readonly blockBytes?: number;
}

/** About 30,000 rows of 20 columns: 5 MB of values for each thread, and few enough blocks to join at no cost. */
const BLOCK_BYTES = 1 << 22;
/**
 * Blocks grow with the number of columns: the state per column of a block would otherwise exceed its rows. (With 5,000
 * columns, blocks of 25 MB take half the time of blocks of 4 MB.) Two threads hold two of the largest.
 */
const BLOCK_BYTES_PER_COLUMN = 5000;
const MAX_BLOCK_BYTES = 1 << 25;
/** Approximate maximum of rows in the search for duplicates. */
const ROWS_COMPARED = 1 << 17;
/** Bytes that can be divided into blocks: those of the file, or of a copy of it. */
interface ScannableFile {
  readonly path: string;
  readonly encoding: string;
  /** Bytes before the first cell. */
  readonly skip: number;
  readonly size: number;
}

/** The file itself, or a copy of one that cannot be cut anywhere. */
function scannable({ path }: LargeCsv, { task }: SniffedFile, copyPath: string): ScannableFile {
  const { encoding } = task.dialect;
  if (isUnchanged(encoding, task)) {
    return {
      path,
      encoding,
      skip: task.skip,
      size: Math.min(statSync(path).size, task.end ?? Number.POSITIVE_INFINITY),
    };
  }
  const size = transcodeToUtf8(path, encoding, task, copyPath);
  return { path: copyPath, encoding: isReadAsIs(encoding) ? encoding : 'utf-8', skip: 0, size };
}

/**
 * Plans the blocks in which several threads read a file.
 *
 * @param copyPath where the text goes if it has to be converted to UTF-8 first; whoever calls removes it
 * @throws the file system's error
 */
export function planBlocks(file: LargeCsv, sniffed: SniffedFile, copyPath: string): BlockTask {
  const { spillPath, options, blockBytes } = file;
  const { task, columnCount } = sniffed;
  const { path, encoding, skip, size } = scannable(file, sniffed, copyPath);
  const bytes = blockBytes ?? Math.max(BLOCK_BYTES, Math.min(MAX_BLOCK_BYTES, columnCount * BLOCK_BYTES_PER_COLUMN));
  const bounds = divideFile(path, [skip, size], syntaxOf(task.dialect), columnCount, bytes);
  const rowsPerByte = task.expectedRows / statSync(file.path).size;
  return {
    path,
    spillPath,
    dialect: { ...task.dialect, encoding },
    plans: task.plans,
    missing: {
      missingTokens: options.missingTokens ?? [],
      keepDefaultMissingTokens: options.keepDefaultMissingTokens ?? true,
    },
    format: { decimal: task.dialect.decimal, thousands: options.thousands ?? '' },
    chunkBytes: task.chunkBytes,
    bounds,
    expectedRowsPerBlock: rowsPerByte * bytes,
    hashSeed: HASH_SEED,
    hashMask: 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, (rowsPerByte * size) / ROWS_COMPARED)))) - 1,
  };
}
