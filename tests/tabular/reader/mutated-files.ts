/**
 * Files that nobody would write: small fixtures with bytes flipped, inserted, removed, repeated, cut off, and spliced with
 * others. The same number always gives the same file.
 */

/** A mutated file, and how it came about. */
export interface MutatedFile {
  readonly bytes: Buffer;
  readonly recipe: readonly string[];
}

/** Numbers from 0 to below 1, the same for the same seed (Tommy Ettinger's mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = ['amber', 'birch', 'Zürich', 'delta', 'São Paulo', 'fjord', 'x, y', 'say "so"', '', 'NA'];
const quoted = (text: string) => (/[",;|\t\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const rows = (count: number, cells: (row: number) => readonly (string | number)[], delimiter: string, newline = '\n') =>
  Array.from({ length: count }, (_, row) => cells(row).map(String).map(quoted).join(delimiter) + newline).join('');
const word = (row: number) => WORDS[row % WORDS.length] ?? '';

const MIXED = `id,price,city,flag,day,note\n${rows(
  40,
  (row) => [
    row + 1,
    row % 7 ? row * 1.25 : '',
    word(row),
    row % 2 ? 'yes' : 'No',
    `2024-0${1 + (row % 9)}-11`,
    `line\n${row % 5}`,
  ],
  ',',
)}`;
const DECIMAL_COMMA = `a;b;c;;\r\n${rows(30, (row) => [`${row},5`, `1.${200 + row},25`, -200, '', ''], ';', '\r\n')};;;;\r\n`;
const CYRILLIC = Array.from('город,цена\nМосква,5\nКазань,7\nМосква,9\n', (letter) =>
  letter < '\u0080' ? letter.charCodeAt(0) : letter.charCodeAt(0) - 0x350,
);

/** One for each way to write a file. */
const FIXTURES: readonly Buffer[] = [
  Buffer.from(MIXED),
  Buffer.from(DECIMAL_COMMA),
  Buffer.from(rows(30, (row) => [row % 5, `0${row % 8}/02/2024`, `2024-02-03T0${row % 10}:00:00Z`], '\t')),
  Buffer.from(`x|y|target\n${rows(60, (row) => [(row * 37) % 100, row % 3 ? 'a' : 'b', row % 2], '|')}`),
  Buffer.from(`\ufeff${MIXED}`),
  Buffer.from(`\ufeff${MIXED}`, 'utf16le'),
  Buffer.from(`\ufeff${MIXED}`, 'utf16le').swap16(),
  Buffer.from(MIXED, 'latin1'),
  Buffer.from(CYRILLIC),
  Buffer.from(MIXED.replaceAll('\n', '\r')),
  Buffer.from(`sep=;\r\n${DECIMAL_COMMA}`),
  Buffer.from(`n;m\n${rows(25, (row) => [`1,${234 + row},567`, `${row} 250,5`], ';')}`),
  Buffer.from(
    `${Array.from({ length: 60 }, (_, column) => `c${column}`).join(',')}\n${rows(5, (row) => Array.from({ length: 60 }, (_, column) => row * column), ',')}`,
  ),
  Buffer.from('a,b,c\n1,,x\n,,\n\n1e400,inf,y\n-0,NaN,?\n0x10,1_000,5 %\n'),
  Buffer.from('"a","b"\n"1","2"\n"3","say ""yes"""\n'),
  Buffer.from('{"a": [1, 2]}\n'),
  Buffer.from('__proto__,constructor,a,a,\n1,2,3,4,5\n6,7,8,9,10\n'),
];

/** Bytes and runs of bytes that mean something somewhere. */
const MARKS: readonly Buffer[] = [
  ...['"', '""', ',', ';', '\t', '|', '\n', '\r', '\r\n', '\0', ' ', '.', '-', "'", '\u00a0', '\ufeff', '😀'],
  ...['1e400', '9'.repeat(40), '-999', '"\n"', ',,,,', '\n\n\n', '__proto__', '#', '\\', '=1+1', 'sep=,\n'],
].map((text) => Buffer.from(text));
const DAMAGE: readonly Buffer[] = [
  ...[[0xff], [0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x00, 0xd8], [0xd8, 0x00]],
  ...[
    [0xff, 0xfe],
    [0xfe, 0xff],
    [0xef, 0xbb, 0xbf],
    [0x50, 0x4b, 0x03, 0x04],
    [0x1f, 0x8b],
  ],
].map((bytes) => Buffer.from(bytes));

type Mutation = readonly [name: string, weight: number, mutate: (bytes: Buffer, random: () => number) => Buffer];

const whole = (random: () => number, below: number) => Math.floor(random() * Math.max(1, below));
const pick = <Item>(random: () => number, items: readonly Item[]) => items[whole(random, items.length)] as Item;

/** A part of the bytes: mostly short, anywhere. */
function part(bytes: Buffer, random: () => number): readonly [from: number, to: number] {
  const from = whole(random, bytes.length);
  return [from, Math.min(bytes.length, from + 1 + whole(random, random() < 0.7 ? 12 : bytes.length))];
}

/** Removes the bytes [from, to) and puts others there. */
function replaced(bytes: Buffer, from: number, to: number, ...by: readonly Buffer[]): Buffer {
  return Buffer.concat([bytes.subarray(0, from), ...by, bytes.subarray(to)]);
}

function inserted(bytes: Buffer, random: () => number, ...by: readonly Buffer[]): Buffer {
  const at = whole(random, bytes.length + 1);
  return replaced(bytes, at, at, ...by);
}

function header(bytes: Buffer, random: () => number): Buffer {
  const end = bytes.indexOf(10);
  const names = bytes.toString('latin1', 0, Math.max(0, end)).split(',');
  const tricks = [
    () => names.map(() => 'same'),
    () => names.map(() => ''),
    () => [...names, ''],
    () => names.slice(1),
    () => ['n'.repeat(5000), ...names.slice(1)],
    () => names.map((_, index) => `${index + 2000}`),
    () => ['__proto__', 'toString', ...names.slice(2)],
    () => [],
  ];
  return replaced(bytes, 0, Math.max(0, end), Buffer.from(pick(random, tricks)().join(','), 'latin1'));
}

const MUTATIONS: readonly Mutation[] = [
  [
    'flip a bit',
    3,
    (bytes, random) => {
      const copy = Buffer.from(bytes);
      const at = whole(random, copy.length);
      if (copy.length > 0) copy[at] = copy[at]! ^ (1 << whole(random, 8));
      return copy;
    },
  ],
  ['insert a mark', 5, (bytes, random) => inserted(bytes, random, pick(random, MARKS))],
  ['insert damage', 2, (bytes, random) => inserted(bytes, random, pick(random, DAMAGE))],
  [
    'replace by a mark',
    3,
    (bytes, random) => {
      const at = whole(random, bytes.length);
      return replaced(bytes, at, at + 1, pick(random, MARKS));
    },
  ],
  ['remove', 3, (bytes, random) => replaced(bytes, ...part(bytes, random))],
  [
    'repeat',
    3,
    (bytes, random) => {
      const [from, to] = part(bytes, random);
      return replaced(bytes, to, to, bytes.subarray(from, to));
    },
  ],
  ['cut off', 2, (bytes, random) => bytes.subarray(0, whole(random, bytes.length + 1))],
  [
    'splice',
    3,
    (bytes, random) => {
      const other = pick(random, FIXTURES);
      return replaced(bytes, ...part(bytes, random), other.subarray(...part(other, random)));
    },
  ],
  ['damage in front', 1, (bytes, random) => Buffer.concat([pick(random, DAMAGE), bytes])],
  [
    'other line ends',
    1,
    (bytes, random) =>
      Buffer.from(bytes.toString('latin1').replaceAll('\n', pick(random, ['\r', '\r\n', '\n\r', '\n\n'])), 'latin1'),
  ],
  [
    'other delimiters',
    1,
    (bytes, random) =>
      Buffer.from(bytes.toString('latin1').replaceAll(',', pick(random, [';', '\t', '|', ':', ', ', ',,'])), 'latin1'),
  ],
  ['another header', 2, header],
  [
    'a long cell',
    0.3,
    (bytes, random) => inserted(bytes, random, Buffer.alloc(whole(random, 100_000), 'long "cell", ')),
  ],
  ['a cell beyond all bounds', 0.02, (bytes, random) => inserted(bytes, random, Buffer.alloc(2_200_000, 'x'))],
  ['many times', 0.2, (bytes, random) => Buffer.concat(Array.from({ length: 2 + whole(random, 30) }, () => bytes))],
];
const TOTAL_WEIGHT = MUTATIONS.reduce((sum, [, weight]) => sum + weight, 0);

/** The mutation within whose share of the weight a number falls. */
function pickWeighted(weight: number): Mutation {
  let from = 0;
  for (const mutation of MUTATIONS) {
    from += mutation[1];
    if (weight < from) return mutation;
  }
  return MUTATIONS[0]!;
}

/** The mutated file of a number: a fixture with one to four mutations, one after the other. */
export function mutatedFile(seed: number): MutatedFile {
  const random = randomFrom(seed);
  const fixture = whole(random, FIXTURES.length);
  let bytes = FIXTURES[fixture]!;
  const recipe = [`fixture ${fixture}`];
  for (let left = 1 + whole(random, 4); left > 0; left--) {
    const [name, , mutate] = pickWeighted(random() * TOTAL_WEIGHT);
    bytes = mutate(bytes, random);
    recipe.push(name);
  }
  return { bytes, recipe };
}
