/**
 * How much memory the reading of a large file adds to an API process, at its peak.
 *
 *   npm run build
 *   npm exec -- node benchmarks/reading-memory.ts [--bytes 190000000] [--before FOLDER]
 *
 * Each file is read by a process of its own, as an upload reads it, on all cores: texts that are all different in one column
 * and in eight, and a file as they come. `--before`: another built clone, which reads each file in turn with this one; the
 * tables that both write are compared byte by byte.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './support/median.ts';

const ROUNDS = 3;

interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
  readonly sha256: string;
}

/** Reads a file once, in a process that ends with it. */
const SCRIPT = `
  const [root, path, sizeBytes] = process.argv.slice(1);
  const { CsvInspector } = await import(root + '/dist/datasets/uploads/csv-inspector.js');
  const inspector = new CsvInspector();
  const base = process.resourceUsage().maxRSS;
  const start = performance.now();
  const { report, table } = await inspector.inspect(
    { workspaceId: 'w', path, sizeBytes: Number(sizeBytes), options: {}, limits: { minDataRows: 1, maxEmptyRatio: 1 },
      tablePath: path + '.table', isTableHashed: true }, new AbortController().signal);
  const seconds = (performance.now() - start) / 1000;
  if (!report.accepted) throw new Error(JSON.stringify(report.issues));
  console.log(JSON.stringify({ seconds, megabytes: (process.resourceUsage().maxRSS - base) / 1000, sha256: table.sha256 }));
  await inspector.close();`;

function read(root: string, path: string): Measured {
  const parameters = ['--eval', SCRIPT, root, path, String(statSync(path).size)];
  const { stdout, stderr, status } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Measured;
}

/** The Lehmer generator: the same files in every run. */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
}

function textOf(next: () => number, length: number): string {
  let text = '';
  while (text.length < length) text += next().toString(36);
  return text.slice(0, length);
}

function cells(count: number, cell: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => cell(at)).join();
}

async function writeFile(path: string, bytes: number, header: string, row: (next: () => number) => string) {
  const next = generator();
  const file = createWriteStream(path);
  file.write(`${header}\n`);
  for (let written = 0; written < bytes; ) {
    const text = Array.from({ length: 500 }, () => `${row(next)}\n`).join('');
    written += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

const { values } = parseArgs({
  options: { bytes: { type: 'string', default: '190000000' }, before: { type: 'string' } },
});
const own = join(import.meta.dirname, '..');
const roots = values.before === undefined ? [own] : [values.before, own];
const folder = await mkdtemp(join(tmpdir(), 'trainyard-memory-'));
try {
  const files = [
    ['distinct texts, one column', 'text,answer', (next: () => number) => `${textOf(next, 90)},${next() % 2}`],
    [
      'distinct texts, eight columns',
      `${cells(8, (at) => `text${at}`)},answer`,
      (next: () => number) => `${cells(8, () => textOf(next, 22))},${next() % 2}`,
    ],
    [
      'numbers, labels and a date',
      `${cells(12, (at) => `number${at}`)},city,plan,day,answer`,
      (next: () => number) => {
        const numbers = cells(12, (at) => ((next() % 1_000_000) / 10 ** (at % 5)).toFixed(at % 4));
        const plan = ['free', 'team', 'enterprise'][next() % 3] ?? '';
        const month = String(1 + (next() % 12)).padStart(2, '0');
        return `${numbers},city ${next() % 400},${plan},2025-${month}-11,${next() % 2 ? 'yes' : 'no'}`;
      },
    ],
  ] as const;
  console.log(
    `${(Number(values.bytes) / 1e6).toFixed(0)} MB, node ${process.version}, ${availableParallelism()} cores`,
  );
  for (const [name, header, row] of files) {
    const path = join(folder, 'made-up.csv');
    await writeFile(path, Number(values.bytes), header, row);
    const rounds = Array.from({ length: ROUNDS }, () => roots.map((root) => read(root, path)));
    for (const [at, root] of roots.entries()) {
      const measured = rounds.map((round) => round[at]!);
      const which = root === own ? 'now' : 'before';
      const seconds = median(measured.map((each) => each.seconds)).toFixed(1);
      const megabytes = median(measured.map((each) => each.megabytes)).toFixed(0);
      console.log(`${name.padEnd(32)} ${which.padEnd(7)} ${seconds.padStart(6)} s  adds ${megabytes.padStart(5)} MB`);
    }
    const tables = new Set(rounds.flat().map(({ sha256 }) => sha256));
    if (roots.length > 1) {
      console.log(`${''.padEnd(32)} the tables are ${tables.size === 1 ? 'the same' : 'NOT THE SAME'}`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
