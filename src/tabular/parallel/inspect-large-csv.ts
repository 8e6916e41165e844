import { rmSync } from 'node:fs';
import { buildReport, type CsvReport, describeFile, type ReadFile } from '../inspection-report.ts';
import { leakSampleStep } from '../issues/leakage.ts';
import { type FileColumnProfile, profileContent, type ValueProfile } from '../profile/profile.ts';
import { findSentinel, type Sentinel } from '../profile/sentinel.ts';
import { haveStopped } from '../reader/csv-reader.ts';
import { checkMemory, releaseArrays } from '../reader/memory-limit.ts';
import type { ColumnPlan } from '../reader/read-plan.ts';
import { faultsOf, findUnreadable } from '../reader/unreadable-file.ts';
import { writeNullCounts } from '../scan/null-counts.ts';
import { CHUNK_BYTES } from '../scan/scan-file.ts';
import { LineCounter } from '../sniffer/line-counter.ts';
import { revisePlan } from '../sniffer/revise-plan.ts';
import { type SniffedFile, sniffFile } from '../sniffer/sniff-file.ts';
import type { CodedColumn } from '../types/column.ts';
import { inferFromLabels, inferFromNumbers, type TypedColumn } from '../types/infer-column-kind.ts';
import type { Labels } from '../types/labels.ts';
import { rangeOf, typeOfCodes, typeOfNumbers } from '../types/store-rows.ts';
import type { ColumnLayout } from '../types/stored-rows.ts';
import { type Block, BlockReader, type BlockTask } from './block-reader.ts';
import type { ColumnResult, ColumnTask } from './column-task.ts';
import { MergedBlocks } from './merge-blocks.ts';
import { type LargeCsv, planBlocks } from './plan-blocks.ts';
import { performRequest, type ReadingPool, sharedCounter } from './reading-pool.ts';

/**
 * A block that ends within a record is read again with up to this many of the following ones; beyond that, another reader
 * reads the file.
 */
const BLOCKS_JOINED = 3;

/** Reading the blocks takes about this share of the time; the rest goes into the columns. */
const BLOCKS_SHARE = 0.7;

/** Called with a fraction that grows from 0 to 1. */
type OnProgress = (fraction: number) => void;

/**
 * Reads a large CSV file with several threads and little memory: the same table and report as from inspect-csv.ts, but
 * that the table goes to a file, and that repeated rows are looked for among about 131,000 of them.
 *
 * 1. The file is divided into blocks. Each thread reads blocks, and puts their values in a temporary file.
 * 2. What the blocks have in common is merged: labels in order of first appearance, kinds, types. Now it is known
 *    where everything belongs in the table.
 * 3. Each thread takes columns: brings their blocks together, writes them to the table, profiles them.
 *
 * Memory: a block and a column for each thread, and the labels of all columns.
 *
 * A file in UTF-16 or another encoding that cannot be cut anywhere is first copied to a temporary file in UTF-8.
 *
 * @param onProgress called with a fraction that grows from 0 to 1, each time that this thread has done a piece
 * @returns null for a file that this is not for, and that inspectCsv has to read: it cannot be read at all, or it has
 *   line breaks within quotes that look like those between records wherever it might be divided
 * @throws the file system's error; whatever a worker throws
 */
export async function inspectLargeCsv(
  file: LargeCsv,
  pool: ReadingPool,
  onProgress: OnProgress = () => {},
): Promise<CsvReport | null> {
  const spills = Array.from({ length: pool.size + 2 }, (_, spill) => `${file.spillPath}${spill}`);
  const copyPath = `${file.spillPath}-utf-8`;
  let seen = 0;
  // What is read again is no progress, until it comes to where reading was.
  const onFurther = (fraction: number) => {
    seen = Math.max(seen, fraction);
    onProgress(seen);
  };
  try {
    const sniffed = sniffFile(file.path, file.options, CHUNK_BYTES);
    if ('issue' in sniffed) return null;
    return await readAsPlanned(file, sniffed, pool, copyPath, onFurther);
  } finally {
    for (const path of [...spills, copyPath]) rmSync(path, { force: true });
  }
}

/** Reads the blocks of a file and merges them; starts again if they contradict what the beginning of the file suggested. */
async function readAsPlanned(
  file: LargeCsv,
  sniffed: SniffedFile,
  pool: ReadingPool,
  copyPath: string,
  onProgress: OnProgress,
): Promise<CsvReport | null> {
  let task = planBlocks(file, sniffed, copyPath);
  let blocks = completed(await readBlocks(task, pool, onProgress), task, pool.size + 1);
  const relabelled = new Set(blocks?.flatMap((block) => block.relabelled));
  if (relabelled.size > 0) {
    // A cell far down was no number: all of the column is read again, as labels.
    const plans = task.plans.map((plan, index): ColumnPlan => {
      return relabelled.has(index) ? { ...plan, storage: 'label' } : plan;
    });
    task = { ...task, plans };
    blocks = completed(await readBlocks(task, pool, onProgress), task, pool.size + 1);
  }
  using merged = blocks === null ? null : new MergedBlocks(blocks, sniffed.task.firstLine, file.spillPath);
  const isRead = merged !== null && !haveStopped(merged.faults);
  const result = isRead ? merged : faultsOf(sniffed.task);
  let current = sniffed;
  let again = revisePlan(current, result, file.options);
  while (again?.mustRead === false) {
    current = again.sniffed;
    again = revisePlan(current, result, file.options);
  }
  if (again !== null) return await readAsPlanned(file, again.sniffed, pool, copyPath, onProgress);
  return isRead ? await finish(file, current, task, merged, pool, onProgress) : findUnreadable(current, file.options);
}

/** All blocks, in order, by all threads. */
async function readBlocks(task: BlockTask, pool: ReadingPool, onProgress: OnProgress): Promise<Block[]> {
  const blocks: Block[] = [];
  const count = task.bounds.length - 1;
  await share(
    pool,
    (spill, taken) => ({ type: 'blocks' as const, task, spill, taken }),
    (answer) => {
      if (answer.type === 'block') blocks[answer.block.index] = answer.block;
    },
    (taken) => onProgress((BLOCKS_SHARE * Math.min(taken, count)) / count),
  );
  return blocks;
}

/** Divides one request between the workers and this thread; `take` is called with each answer. */
async function share(
  pool: ReadingPool,
  requestFor: (thread: number, taken: Int32Array) => Parameters<typeof performRequest>[0],
  take: Parameters<typeof performRequest>[1],
  onTaken: (taken: number) => void,
): Promise<void> {
  const taken = sharedCounter();
  const takeOwn: typeof take = (answer) => {
    take(answer);
    onTaken(Atomics.load(taken, 0));
  };
  const workers = pool.run((worker) => requestFor(worker + 1, taken), take);
  // Awaited even where this thread fails: workers that are still running would use deleted files.
  const [pooled, own] = await Promise.allSettled([
    workers,
    (async () => {
      performRequest(requestFor(0, taken), takeOwn);
    })(),
  ]);
  for (const outcome of [own, pooled]) if (outcome.status === 'rejected') throw outcome.reason;
}

/**
 * The blocks of the whole file, each from where a record begins to where one ends: where a block ends within a record,
 * the next one began at a wrong position, and both are read as one. Null where that does not help.
 */
function completed(blocks: readonly Block[], task: BlockTask, spill: number): readonly Block[] | null {
  const whole: Block[] = [];
  let reader: BlockReader | null = null;
  try {
    for (let index = 0; index < blocks.length; index++) {
      let block = blocks[index]!;
      for (let more = 1; block.stop === 'UNFINISHED'; more++) {
        if (more > BLOCKS_JOINED) return null;
        reader ??= new BlockReader(task, spill);
        block = reader.read(block.index, more);
        index++;
      }
      if (block.stop !== null) return null;
      whole.push(block);
    }
    return whole;
  } finally {
    reader?.close();
  }
}

/** The type of a column, before its rows are processed. */
interface PlannedColumn {
  readonly typed: TypedColumn;
  /** null where the rows have to tell. */
  readonly profile: ValueProfile | null;
  /** Null if it depends on the rows, or there is none. */
  readonly sentinel: Sentinel | null;
  readonly missing: number;
  readonly type: ReturnType<typeof typeOfNumbers>;
  readonly task: ColumnTask;
}

async function finish(
  file: LargeCsv,
  sniffed: SniffedFile,
  task: BlockTask,
  merged: MergedBlocks,
  pool: ReadingPool,
  onProgress: OnProgress,
): Promise<CsvReport> {
  const described = describeFile(sniffed, merged, file.options);
  const columnPlans = described.header.names.map((name, index) =>
    planColumn(name, index, merged, sniffed, described, task),
  );
  const layouts = await frame(file.tablePath, columnPlans, merged.rowCount);
  releaseArrays();
  const sampleStep = leakSampleStep(merged.rowCount, columnPlans.length);
  const columnTasks = {
    spillPath: file.spillPath,
    spillCount: pool.size + 1 + (merged.blocks.some(({ spill }) => spill === pool.size + 1) ? 1 : 0),
    tablePath: file.tablePath,
    rowCount: merged.rowCount,
    sampleStep,
    tasks: columnPlans.map(({ task }, index) => ({ ...task, layout: layouts?.[index] ?? null })),
  };
  const answers: ColumnResult[] = [];
  await share(
    pool,
    (_, taken) => ({ type: 'columns' as const, columnTasks, taken }),
    (answer) => {
      if (answer.type === 'column') answers[answer.column.index] = answer.column;
    },
    (taken) =>
      onProgress(BLOCKS_SHARE + ((1 - BLOCKS_SHARE) * Math.min(taken, columnPlans.length)) / columnPlans.length),
  );
  if (file.tablePath !== null && layouts !== null) writeNullCounts(file.tablePath, layouts, merged.rowCount);
  const typed = columnPlans.map((column) => column.typed);
  const profiles = columnPlans.map(({ typed, profile }, index): FileColumnProfile => {
    const values = profile ?? answers[index]?.profile;
    if (values === undefined || values === null) throw new Error('every column has a profile');
    const { name, kind, dateOrder, numberFormat } = typed;
    return { name, index, kind, ...values, dateOrder, numberFormat };
  });
  const findings = {
    typed,
    profiles,
    sentinels: columnPlans.map(({ sentinel }, index) => sentinel ?? answers[index]?.sentinel ?? null),
    rows: merged.rows(task.hashMask),
    sample: { rowCount: Math.ceil(merged.rowCount / sampleStep), columns: sampleOf(typed, answers) },
    missingLines: (at: number) => {
      const counter = new LineCounter();
      for (const line of merged.linesOf(answers[at]?.missingRows ?? [])) counter.add(line);
      counter.count = profiles[at]?.missing ?? 0;
      return counter;
    },
  };
  return buildReport(described, task.plans, findings, file.limits);
}

function planColumn(
  name: string,
  index: number,
  merged: MergedBlocks,
  sniffed: SniffedFile,
  { context }: ReadFile,
  { plans }: BlockTask,
): PlannedColumn {
  const plan = plans[index]!;
  const parts = (recodes: readonly Int32Array[] | null) =>
    merged.blocks.map(({ spill, rowCount, columns }, block) => {
      return { spill, at: columns[index]?.at ?? 0, rowCount, recode: recodes?.[block] ?? null };
    });
  if (plan.storage === 'number') {
    const read = merged.numbers(index);
    const typed = inferFromNumbers(name, read, plan, merged.rowCount);
    const task = { index, kind: typed.kind, parts: parts(null), numbers: null, missing: read.missing, layout: null };
    return {
      typed,
      profile: null,
      sentinel: null,
      missing: read.missing,
      type: typeOfNumbers(false, read.range),
      task,
    };
  }
  const { read, recodes } = merged.labels(index, name, sniffed.task.missing, context.decode);
  const typed = inferFromLabels(name, read, plan, context);
  const { kind, content } = typed;
  const profile = profileContent(content, kind, merged.rowCount);
  checkMemory(`the distinct values of column ${JSON.stringify(name)}`);
  const sentinel = content?.storage === 'number' ? findSentinel(content.numbers, profile, content.counts) : null;
  const base = { typed, profile, sentinel, missing: profile.missing };
  if (content?.storage === 'number') {
    const type = typeOfNumbers(kind === 'DATETIME', rangeOf(content.numbers));
    return {
      ...base,
      type,
      task: { index, kind, parts: parts(recodes), numbers: content.numbers, missing: base.missing, layout: null },
    };
  }
  const recode = content?.recode ?? null;
  const final = recode === null ? recodes : recodes.map((codes) => codes.map((code) => recode[code]!));
  const type = typeOfCodes(content?.labels.length ?? 0);
  return {
    ...base,
    type,
    task: { index, kind, parts: parts(final), numbers: null, missing: base.missing, layout: null },
  };
}

/** Writes the table but for its rows; null where none is wanted. */
async function frame(
  path: string | null,
  columnPlans: readonly PlannedColumn[],
  rowCount: number,
): Promise<readonly ColumnLayout[] | null> {
  if (path === null) return null;
  // Only here, and while the helpers read: the library takes 0.1 s to load.
  const { writeFrame } = await import('../table-file/arrow-file.ts');
  const columns = columnPlans.map(({ typed: { name, kind, content }, type, missing }) => {
    return { name, kind, type, missing, labels: labelsOf(content) };
  });
  return writeFrame(path, columns, rowCount);
}

function labelsOf(content: TypedColumn['content']): Labels | null {
  return content?.storage === 'label' ? content.labels : null;
}

function sampleOf(typed: readonly TypedColumn[], answers: readonly ColumnResult[]): readonly CodedColumn[] {
  return typed.map(({ name, kind, content }, index) => {
    const sample = answers[index]?.sample;
    if (sample instanceof Int32Array) {
      return { storage: 'label', name, kind, codes: sample, labels: labelsOf(content) ?? [] };
    }
    return { storage: 'number', name, kind, values: sample ?? new Float64Array(0) };
  });
}
