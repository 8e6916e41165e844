/**
 * Claim: the rows of a table are streamed into shards as fast as the disk writes them, or at 200 MB/s, in memory that does not grow with the rows.
 *
 *   node benchmarks/shards.ts [--rows 250000,1000000,4000000] [--columns 20] [--folder DIR]
 *
 * Each table is made by one process, and its shards are written by another, as the worker of a training on several hosts does, with the
 * table read from its file. The disk is that of DIR, by default that of temporary files; its own speed is that of one file of as many bytes as
 * the table has, written 1 MiB at a time and synced.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TableOrder } from './distributed/make-table-file.ts';
import type { ShardsOrder, ShardsReport } from './distributed/write-shards.ts';
import { runChild } from './support/child.ts';

const MAKE_TABLE = new URL('distributed/make-table-file.ts', import.meta.url);
const WRITE_SHARDS = new URL('distributed/write-shards.ts', import.meta.url);

const PIECE = new Uint8Array(2 ** 20).fill(7);

const { rows, columns, folder } = parseArgs({
  options: {
    rows: { type: 'string', default: '250000,1000000,4000000' },
    columns: { type: 'string', default: '20' },
    folder: { type: 'string', default: tmpdir() },
  },
}).values;
const columnCount = Number(columns);

/** Megabytes that the disk takes in a second. */
function writeSpeed(path: string, bytes: number): number {
  const begin = performance.now();
  const descriptor = openSync(path, 'wx');
  let written = 0;
  while (written < bytes) written += writeSync(descriptor, PIECE, 0, PIECE.length, written);
  fsyncSync(descriptor);
  closeSync(descriptor);
  const seconds = (performance.now() - begin) / 1000;
  rmSync(path);
  return written / 1e6 / seconds;
}

function run<Report>(script: URL, order: object): Report {
  const outcome = runChild<Report>(script, order);
  if (outcome.kind !== 'REPORTED') throw new Error(`${script.pathname}: ${JSON.stringify(outcome)}`);
  return outcome.report;
}

const directory = await mkdtemp(join(folder, 'trainyard-shards-'));
try {
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${columnCount} columns, node ${process.version}, ${availableParallelism()} cores at a load of ${load} at the beginning`,
  );
  for (const rowCount of rows.split(',').map(Number)) {
    const tablePath = join(directory, `${rowCount}.arrow`);
    const { features } = run<{ features: string[] }>(MAKE_TABLE, {
      path: tablePath,
      rowCount,
      columnCount,
    } satisfies TableOrder);
    const place = join(directory, String(rowCount));
    mkdirSync(place);
    const shards = run<ShardsReport>(WRITE_SHARDS, { tablePath, features, folder: place } satisfies ShardsOrder);
    // A value of the table has 8 bytes in memory.
    const values = (8 * rowCount * columnCount) / 1e6;
    const disk = writeSpeed(join(directory, 'disk'), 8 * rowCount * columnCount);
    console.log(
      `${rowCount} rows: ${shards.shards} shards of ${(shards.bytes / 1e6).toFixed(0)} MB in ${shards.seconds.toFixed(2)} s (${shards.cpu.toFixed(2)} s of a core); ` +
        `${(shards.bytes / 1e6 / shards.seconds).toFixed(0)} MB/s of shards, ${(values / shards.seconds).toFixed(0)} MB/s of the table's values, ${(values / shards.cpu).toFixed(0)} MB of them a second of a core; ` +
        `the disk alone ${disk.toFixed(0)} MB/s; memory ${shards.megabytesBefore.toFixed(0)} MB before, at most ${shards.megabytes.toFixed(0)} MB`,
    );
    rmSync(tablePath);
    rmSync(place, { recursive: true });
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
