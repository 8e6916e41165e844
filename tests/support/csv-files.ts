import { createRandom } from '../../src/ml/random.ts';
import type { TestFile } from './test-client.ts';

/** Flowers of two kinds that their petals tell apart but for a few: something to classify. */
export function flowersCsv(rows = 60): TestFile {
  const lines = Array.from({ length: rows }, (_, index) => {
    const isLong = index % 2 === 0;
    const petal = (isLong ? 4 : 2) + ((index * 7) % 13) / 10;
    return `${petal.toFixed(1)},${['wet', 'dry', ''][index % 3]},${index % 29 === 0 || isLong ? 'rose' : 'daisy'}`;
  });
  return { name: 'flowers.csv', content: `petal,soil,kind\n${lines.join('\n')}\n` };
}

/** Houses whose price follows their size and town, with some noise: something to regress. */
export function housesCsv(rows = 60): TestFile {
  const lines = Array.from({ length: rows }, (_, index) => {
    const size = 40 + ((index * 37) % 101);
    const town = ['Aden', 'Bern', 'Cali'][index % 3];
    return `${size},${town},${size * 3 + (index % 3) * 50 + ((index * 13) % 17) / 10}`;
  });
  return { name: 'houses.csv', content: `size,town,price\n${lines.join('\n')}\n` };
}

/** Payments of which few are fraud, late ones sooner: of two labels the earlier one in the alphabet is the rare one. */
export function fraudCsv(rows = 400): TestFile {
  const lines = Array.from({ length: rows }, (_, index) => {
    const isFraud = index % 10 === 3;
    return `${((index * 37) % 101) + (isFraud ? 40 : 0)},${(index * 7) % 24},${isFraud ? 'fraud' : 'legit'}`;
  });
  return { name: 'payments.csv', content: `amount,hour,outcome\n${lines.join('\n')}\n` };
}

/** Rows of noise: the training of many trees on them takes its time, and never ends early. */
export function noiseCsv(rows = 4_000, labels: readonly string[] = ['yes', 'no']): TestFile {
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  const lines = Array.from({ length: rows }, () => {
    const cells = Array.from({ length: 6 }, () => ((next() % 10_000) / 100).toFixed(2));
    return `${cells.join(',')},${labels[next() % labels.length]}`;
  });
  return { name: 'noise.csv', content: `a,b,c,d,e,f,answer\n${lines.join('\n')}\n` };
}

/** Labels of opposite corners, with some that are wrong: trees tell them apart, and more of them do so better. */
export function cornersCsv(rows: number): TestFile {
  const random = createRandom(1);
  const lines = Array.from({ length: rows }, () => {
    const [a, b, c, d] = [random.uniform(), random.uniform(), random.uniform(), random.uniform()];
    const isYes = (a > 0.5 === b > 0.5) === random.uniform() < 0.9;
    return `${a},${b},${c},${d},${isYes ? 'yes' : 'no'}`;
  });
  return { name: 'corners.csv', content: `a,b,c,d,answer\n${lines.join('\n')}\n` };
}

/** A file that no reader accepts: it has a header and nothing else. */
export const HEADER_ONLY: TestFile = { name: 'empty.csv', content: 'a,b,c\n' };

/** So many bytes of numbers and labels at least, as a file of many megabytes has them. */
export function largeCsv(bytes: number): TestFile & { readonly rowCount: number } {
  const block = Array.from(
    { length: 1_000 },
    (_, row) => `${(row * 7919) % 1_009},${row % 97}.25,${row % 2 ? 'yes' : 'no'}\n`,
  );
  const text = block.join('');
  const repeats = Math.ceil(bytes / text.length);
  return { name: 'large.csv', content: `id,size,answer\n${text.repeat(repeats)}`, rowCount: repeats * block.length };
}

/** So many bytes at least of texts that are all different, with a label beside each. */
export function distinctCsv(bytes: number): TestFile {
  const lines: string[] = ['text,answer'];
  let state = 1;
  for (let length = 0; length < bytes; length += (lines.at(-1)?.length ?? 0) + 1) {
    state = (state * 48_271) % 2_147_483_647;
    lines.push(`${lines.length} ${state.toString(36)} of its own,${state % 2 ? 'yes' : 'no'}`);
  }
  return { name: 'distinct.csv', content: `${lines.join('\n')}\n` };
}
