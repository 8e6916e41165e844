/**
 * Claim: a CSV file becomes a typed table, stored as Arrow, with its profile, sooner than elsewhere.
 *
 *   npm ci --prefix benchmarks
 *   node benchmarks/csv-against-peers.ts FILE [--runs 5] [--python /usr/bin/python3] [--only upload]
 *
 * Alternating runs, each in a process of its own; medians. "upload" is what an upload does: CSV to Arrow file with
 * profile and issues, by a server that has had one a moment ago (its threads run, its modules are loaded, as the libraries
 * of the others are); "first upload" is that of a process that has not. The seconds of cores of "upload" are of both.
 * "duckdb read" is read_csv into a table, "duckdb profile" that and SUMMARIZE, on all cores; "pandas" is read_csv. "reading"
 * is ours on one core, without profile and without a file, in a process that has read nothing before. "training read"
 * reads all columns of the Arrow file back, the median of 9 in one process. Only the work is timed, not the start of the
 * process. Memory is the most that the process had resident.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface Measurement {
  readonly seconds: number;
  /** Seconds of all cores together, from the start of the process on: other work on the machine stretches them less. */
  readonly cpu: number;
  readonly megabytes: number;
}

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    python: { type: 'string', default: 'python3' },
    only: { type: 'string' },
  },
  allowPositionals: true,
});
const file = positionals[0];
if (file === undefined) throw new Error('usage: node benchmarks/csv-against-peers.ts FILE [--runs 5] [--python PATH]');

const folder = mkdtempSync(join(tmpdir(), 'csv-peers-'));
const table = join(folder, 'table.arrow');
const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
const sql = (text: string) => JSON.stringify(text.replaceAll('$FILE', file.replaceAll("'", "''")));

const REPORT = `const used = process.resourceUsage(); console.log(JSON.stringify({ seconds,
  cpu: (used.userCPUTime + used.systemCPUTime) / 1e6, megabytes: used.maxRSS / 1000 }));`;
const DUCKDB = `import { DuckDBInstance } from ${source('./node_modules/@duckdb/node-api/lib/index.js')};
  const connection = await (await DuckDBInstance.create(':memory:')).connect(); const start = performance.now();
  await connection.run(${sql("CREATE TABLE t AS SELECT * FROM read_csv('$FILE')")});`;
const UPLOAD = `import { CsvInspector } from ${source('../dist/datasets/csv-inspector.js')};
  const inspector = new CsvInspector(); const inspect = async () => {
    const { report } = await inspector.inspect({ workspaceId: 'w', path: ${JSON.stringify(file)}, sizeBytes: ${statSync(file).size},
      tablePath: ${JSON.stringify(table)}, isTableHashed: false, options: {}, limits: { minDataRows: 1, maxEmptyRatio: 1 } },
      new AbortController().signal);
    if (!report.accepted) throw new Error('refused'); };`;
/** A thread that helped is free for the next file a moment after the answer has come, of which it tells its pool alone. */
const UNTIL_IDLE = 'await new Promise((resolve) => setTimeout(resolve, 100));';
const REPORT_UPLOAD = `const seconds = (performance.now() - start) / 1000; await inspector.close(); ${REPORT}`;
const SCRIPTS: Readonly<Record<string, string>> = {
  upload: `${UPLOAD} await inspect(); ${UNTIL_IDLE} const start = performance.now(); await inspect(); ${REPORT_UPLOAD}`,
  'first upload': `${UPLOAD} const start = performance.now(); await inspect(); ${REPORT_UPLOAD}`,
  'duckdb read': `${DUCKDB} const seconds = (performance.now() - start) / 1000; ${REPORT}`,
  'duckdb profile': `${DUCKDB} await (await connection.run('SUMMARIZE t')).getRows();
    const seconds = (performance.now() - start) / 1000; ${REPORT}`,
  reading: `import { sniffFile } from ${source('../dist/tabular/prepare-reading.js')};
    import { readCsv } from ${source('../dist/tabular/csv-reader.js')}; const start = performance.now();
    readCsv(sniffFile(${JSON.stringify(file)}, {}, 1 << 18).task, () => {});
    const seconds = (performance.now() - start) / 1000; ${REPORT}`,
  'training read': `import { readTableFile } from ${source('../dist/tabular/table-file.js')}; const times = [];
    for (let run = 0; run < 9; run++) { const start = performance.now(); readTableFile(${JSON.stringify(table)});
      times.push((performance.now() - start) / 1000); }
    const seconds = times.sort((left, right) => left - right)[4]; ${REPORT}`,
};
const PANDAS = `import json, resource, sys, time; import pandas; start = time.perf_counter(); pandas.read_csv(sys.argv[1])
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1000}))`;

try {
  const all = new Map<string, Measurement[]>();
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [name, script] of Object.entries(SCRIPTS)) {
      if (values.only !== undefined && values.only !== name) continue;
      keep(all, name, execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
    }
    if (values.only === undefined) {
      keep(all, 'pandas', execFileSync(values.python, ['-c', PANDAS, file], { encoding: 'utf8' }));
    }
  }
  const megabytes = statSync(file).size / 1e6;
  console.log(
    `${megabytes.toFixed(0)} MB, node ${process.version}, ${availableParallelism()} cores, ${values.runs} runs`,
  );
  for (const [name, runs] of all) {
    const seconds = median(runs.map((one) => one.seconds));
    const memory = median(runs.map((one) => one.megabytes));
    const cpu = median(runs.map((one) => one.cpu));
    const spread = runs.map((one) => one.seconds.toFixed(2)).join(' ');
    console.log(
      `${name.padEnd(15)} ${seconds.toFixed(3).padStart(7)} s  ${cpu.toFixed(2).padStart(6)} s of cores  ${memory.toFixed(0).padStart(5)} MB   ${spread}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function keep(all: Map<string, Measurement[]>, name: string, output: string): void {
  all.set(name, [...(all.get(name) ?? []), JSON.parse(output) as Measurement]);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
