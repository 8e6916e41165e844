import { createRandom, type Random } from '../../src/ml/random.ts';

/** A table to train on: numbers, categories and three targets, `kind` of two labels, `group` of eight, and `amount`. */
export interface WorkloadTable {
  readonly name: string;
  readonly rows: number;
  readonly numbers: number;
  readonly categories: number;
}

export const TABLES: readonly WorkloadTable[] = [
  { name: 'long', rows: 200_000, numbers: 10, categories: 2 },
  { name: 'middle', rows: 60_000, numbers: 20, categories: 4 },
  { name: 'square', rows: 80_000, numbers: 170, categories: 10 },
  { name: 'wide', rows: 3_000, numbers: 200, categories: 20 },
];

const TARGETS = ['kind', 'group', 'amount'] as const;

/** What is trained: a table, a target, an algorithm, and the range of a parameter that its work depends on. */
interface WorkloadShape {
  readonly table: string;
  readonly target: (typeof TARGETS)[number];
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, readonly [from: number, to: number]>>;
}

/** Of 3 s and more on one core of some years ago. */
const SHAPES: readonly WorkloadShape[] = [
  { table: 'long', target: 'kind', algorithm: 'GRADIENT_BOOSTING', parameters: { trees: [150, 300] } },
  { table: 'square', target: 'kind', algorithm: 'LINEAR', parameters: {} },
  { table: 'long', target: 'kind', algorithm: 'RANDOM_FOREST', parameters: { trees: [50, 100] } },
  {
    table: 'wide',
    target: 'kind',
    algorithm: 'GRADIENT_BOOSTING',
    parameters: { trees: [150, 300], maxDepth: [5, 6] },
  },
  { table: 'long', target: 'group', algorithm: 'DECISION_TREE', parameters: { maxDepth: [16, 30] } },
  { table: 'middle', target: 'group', algorithm: 'GRADIENT_BOOSTING', parameters: { trees: [50, 100] } },
  { table: 'middle', target: 'group', algorithm: 'RANDOM_FOREST', parameters: { trees: [40, 80] } },
  { table: 'square', target: 'group', algorithm: 'LINEAR', parameters: {} },
  { table: 'middle', target: 'amount', algorithm: 'GRADIENT_BOOSTING', parameters: { trees: [400, 800] } },
  { table: 'middle', target: 'amount', algorithm: 'RANDOM_FOREST', parameters: { trees: [40, 80] } },
];

/** What startTraining is asked for. */
export interface WorkloadRun {
  readonly table: string;
  readonly target: string;
  readonly algorithm: string;
  readonly features: readonly string[];
  readonly parameters: Readonly<Record<string, number>>;
}

/** Run after run, of all shapes in turn, with parameters drawn from their ranges. */
export function* workload(seed: number): Generator<WorkloadRun, never> {
  const random = createRandom(seed);
  for (let number = 0; ; number++) {
    const shape = SHAPES[number % SHAPES.length]!;
    const table = TABLES.find(({ name }) => name === shape.table)!;
    const parameters = Object.fromEntries(
      Object.entries(shape.parameters).map(([name, [from, to]]) => [name, from + random.below(to - from + 1)]),
    );
    yield { ...shape, features: featuresOf(table), parameters };
  }
}

function featuresOf({ numbers, categories }: WorkloadTable): string[] {
  return [
    ...Array.from({ length: numbers }, (_, j) => `number${j}`),
    ...Array.from({ length: categories }, (_, j) => `category${j}`),
  ];
}

/** The table as a CSV file. The targets depend on the first columns, and on chance. */
export function csvOf(table: WorkloadTable): Blob {
  const random = createRandom(table.rows);
  const lines: string[] = [[...featuresOf(table), ...TARGETS].join(',')];
  for (let row = 0; row < table.rows; row++) {
    const numbers = Array.from({ length: table.numbers }, () => bellNumber(random));
    const categories = Array.from({ length: table.categories }, () => random.below(20));
    const score = numbers[0]! + Math.sin(2 * numbers[1]!) - numbers[2]! * numbers[3]! + (categories[0]! % 5) / 3;
    const noisy = score + bellNumber(random);
    const group = Math.min(7, Math.max(0, Math.floor(noisy + 3.5)));
    const cells = [...numbers.map((value) => value.toFixed(3)), ...categories.map((value) => `c${value}`)];
    lines.push(`${cells.join(',')},${noisy > 0.5 ? 'yes' : 'no'},g${group},${noisy.toFixed(4)}`);
  }
  return new Blob([`${lines.join('\n')}\n`]);
}

/** About normally distributed: the sum of four even numbers. */
function bellNumber(random: Random): number {
  return 1.7 * (random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2);
}
