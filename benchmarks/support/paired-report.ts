import type { ManifestEntry } from './manifest.ts';
import { mean } from './quality-bars.ts';

/** What one training of one variant gave. */
export interface Measured {
  /** Accuracy or R2; null where the test rows do not define it. */
  readonly score: number | null;
  readonly logLoss: number | null;
  /** Of the processor, all threads together. */
  readonly seconds: number;
  /** The last iteration of the loss curve. */
  readonly rounds: number | null;
  readonly modelBytes: number;
}

/** Mean and standard error of differences, other minus base. */
interface Difference {
  readonly base: number;
  readonly other: number;
  readonly mean: number;
  /** Infinite for a single pair. */
  readonly error: number;
}

/** One file over the offsets that both variants were measured on. */
export interface ComparedFile {
  readonly file: string;
  readonly offsets: number;
  readonly score: Difference;
  readonly logLoss: Difference | null;
  /** Processor seconds, the other's sum over the base's. */
  readonly timeRatio: number;
  readonly rounds: string;
}

const OFFSETS = [0, 1, 2, 3, 4];

/** Pairs what was measured of both variants, file by file; files that have no pair are left out. */
export function comparedFiles(
  entries: readonly ManifestEntry[],
  measuredOf: (file: string, offset: number, side: 'base' | 'other') => Measured | undefined,
): readonly ComparedFile[] {
  return entries.flatMap(({ file }) => {
    const pairs = OFFSETS.flatMap((offset) => {
      const [base, other] = [measuredOf(file, offset, 'base'), measuredOf(file, offset, 'other')];
      return base === undefined || other === undefined ? [] : [{ base, other }];
    });
    const score = differenceOf(pairs.map(({ base, other }) => [base.score, other.score]));
    if (score === null) return [];
    const seconds = (side: 'base' | 'other'): number => pairs.reduce((sum, pair) => sum + pair[side].seconds, 0);
    return [
      {
        file,
        offsets: pairs.length,
        score,
        logLoss: differenceOf(pairs.map(({ base, other }) => [base.logLoss, other.logLoss])),
        timeRatio: seconds('other') / seconds('base'),
        rounds: pairs.map(({ other }) => other.rounds).join(' '),
      },
    ];
  });
}

/** Prints each file, then wins and losses and the sign test over the files. */
export function printReport(title: string, files: readonly ComparedFile[]): void {
  console.log(`\n${title}`);
  console.log(
    'file                       n   score   other    diff      +-    loss   other  change     +-   time  rounds',
  );
  for (const { file, offsets, score, logLoss, timeRatio, rounds } of files) {
    const cells = [file.padEnd(26), offsets, ...differenceCells(score, signed(score.mean))];
    const losses = logLoss === null ? [''.padEnd(31)] : differenceCells(logLoss, percent(logLoss));
    console.log([...cells, ...losses, timeRatio.toFixed(2).padStart(6), ` ${rounds}`].join(' '));
  }
  summarise(
    'score',
    files.map(({ score }) => score),
    1,
  );
  summarise(
    'log-loss',
    files.flatMap(({ logLoss }) => logLoss ?? []),
    -1,
  );
  const losses = files.flatMap(({ logLoss }) => (logLoss === null ? [] : [logLoss.mean / logLoss.base]));
  console.log(`mean score ${signed(mean(files.map(({ score }) => score.mean)))}, log-loss by file: ${shares(losses)}`);
}

function summarise(name: string, differences: readonly Difference[], better: 1 | -1): void {
  const beyond = differences.filter(({ mean: by, error }) => Math.abs(by) > 2 * error);
  const wins = beyond.filter(({ mean: by }) => by * better > 0).length;
  const ups = differences.filter(({ mean: by }) => by * better > 0).length;
  const downs = differences.filter(({ mean: by }) => by * better < 0).length;
  console.log(
    `${name}: ${wins} won, ${beyond.length - wins} lost, ${differences.length - beyond.length} within two errors; ` +
      `sign test ${ups} : ${downs}, p ${signTest(ups, downs).toFixed(4)}`,
  );
}

/** How often a fair coin differs at least as much from half, on both sides. */
function signTest(ups: number, downs: number): number {
  const count = ups + downs;
  let [tail, term] = [0, 0.5 ** count];
  for (let k = 0; k <= Math.min(ups, downs); k++) {
    tail += term;
    term *= (count - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

function differenceOf(pairs: readonly (readonly [number | null, number | null])[]): Difference | null {
  const known = pairs.flatMap(([base, other]) => (base === null || other === null ? [] : [{ base, other }]));
  if (known.length === 0) return null;
  const differences = known.map(({ base, other }) => other - base);
  const centre = mean(differences);
  const squares = differences.reduce((sum, by) => sum + (by - centre) ** 2, 0);
  return {
    base: mean(known.map(({ base }) => base)),
    other: mean(known.map(({ other }) => other)),
    mean: centre,
    error: known.length === 1 ? Number.POSITIVE_INFINITY : Math.sqrt(squares / (known.length - 1) / known.length),
  };
}

function differenceCells({ base, other, error }: Difference, change: string): readonly string[] {
  return [base.toFixed(4), other.toFixed(4), change, Number.isFinite(error) ? error.toFixed(4) : '-'].map((cell) =>
    cell.padStart(7),
  );
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
}

function percent({ base, mean: by }: Difference): string {
  return `${by < 0 ? '-' : '+'}${((100 * Math.abs(by)) / base).toFixed(1)} %`;
}

function shares(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)]!, sorted[Math.ceil((sorted.length - 1) / 2)]!];
  return `mean ${(100 * mean(values)).toFixed(1)} %, median ${(50 * (low + high)).toFixed(1)} %`;
}
