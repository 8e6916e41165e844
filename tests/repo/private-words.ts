import { languageOf, visitSource } from './syntax-tree.ts';

/** A word of a private language in a name. */
export interface PrivateWord {
  /** The path of the file and the name in it. */
  readonly name: string;
  readonly word: string;
  /** What to say instead. */
  readonly instead: string;
}

interface Rule {
  /** Words as they stand one after the other in a name: "under way" is found in `isUnderWay`. */
  readonly words: string;
  readonly instead: string;
  /** Only below these folders is the word a private one; left out: everywhere. */
  readonly within?: readonly string[];
  /** Below these paths the word has its ordinary meaning. */
  readonly except?: readonly string[];
  /** These identifiers belong to others, such as the standard library. */
  readonly names?: readonly string[];
  /** True where the word is a private one only at the beginning of a name that goes on. */
  readonly atStart?: true;
}

const THREADS = [
  'src/platform/threads',
  'src/ml',
  'src/tabular',
  'tests/platform/threads',
  'tests/ml',
  'tests/tabular',
];
const TREES = ['src/ml/tree', 'src/ml/forest', 'tests/ml/tree', 'tests/ml/forest'];
const RULES: readonly Rule[] = [
  // Threads
  ...['crew', 'crews', 'squad', 'squads', 'hand', 'hands'].map((words) => ({ words, instead: 'worker, worker pool' })),
  ...['team', 'teams', 'helper', 'helpers', 'follower', 'followers'].map((words) => ({
    words,
    instead: 'worker',
    within: THREADS,
  })),
  ...['short hand', 'long hand', 'shorthand', 'longhand'].map((words) => ({
    words,
    instead: 'step worker, task worker',
  })),
  // Time and state
  ...['breath', 'breaths', 'breathe'].map((words) => ({ words, instead: 'yield point, step' })),
  { words: 'patience', instead: 'timeout' },
  { words: 'upkeep', instead: 'maintenance' },
  ...['settle', 'settles'].map((words) => ({ words, instead: 'flush, fsync, decide' })),
  { words: 'settled', instead: 'flushed, decided', names: ['allSettled'], except: ['tests'] },
  { words: 'under way', instead: 'in flight' },
  { words: 'standing', instead: 'active', except: ['tests'] },
  { words: 'moment', instead: 'timestamp' },
  // Moments of a distribution.
  {
    words: 'moments',
    instead: 'timestamps',
    except: ['src/ml/linear', 'src/ml/comparison', 'src/ml/warnings', 'tests/ml/linear', 'tests/ml/comparison'],
  },
  { words: 'ending', instead: 'shutting down', within: ['src/processes', 'src/api/health'], names: ['isEnding'] },
  { words: 'note ending', instead: 'mark shutting down' },
  // Messages
  { words: 'tell', instead: 'notify, report' },
  { words: 'tells', instead: 'notifies, reports', except: ['tests'] },
  ...['foresee', 'foreseen', 'foretell'].map((words) => ({ words, instead: 'estimate, forecast' })),
  ...['ears', 'ear'].map((words) => ({ words, instead: 'handlers' })),
  ...['wish', 'wishes'].map((words) => ({ words, instead: 'request, params' })),
  ...['figure', 'figures'].map((words) => ({ words, instead: 'metric, stats' })),
  ...['question', 'questions'].map((words) => ({ words, instead: 'query, request; of a tree: split' })),
  { words: 'introduce', instead: 'authenticate' },
  { words: 'excess of', instead: 'limit violation' },
  { words: 'storable', instead: 'valid text' },
  // Limits
  { words: 'most', instead: 'MAX_', atStart: true, names: ['mostFrequent', 'mostProbable'] },
  { words: 'least', instead: 'MIN_', atStart: true, names: ['LEAST_SQUARES', 'leastSquares'] },
  { words: 'fewest', instead: 'MIN_', atStart: true },
  // Kernels
  {
    words: 'kernel',
    instead: 'WasmModule, WasmArena',
    // The kernel of Linux.
    except: [
      ...['src/platform/embedded-postgres', 'src/platform/monitoring', 'tests/support', 'tests/processes'],
      ...['tests/api/sockets', 'benchmarks/support'],
    ],
  },
  // Models
  { words: 'growth board', instead: 'shared growth state' },
  { words: 'class count finder', instead: 'gini split finder' },
  { words: 'gradient split', instead: 'histogram split, best split' },
  { words: 'class splitter', instead: 'classification splitter' },
  { words: 'mean splitter', instead: 'regression splitter' },
  ...['candidate', 'candidates'].map((words) => ({ words, instead: 'split', within: TREES })),
  { words: 'goes left', instead: 'left bins' },
  {
    words: 'chance',
    instead: 'random, expected, categorical gain penalty',
    except: ['src/ml/warnings', 'tests/ml', 'src/ml/tree/splitting'],
  },
  { words: 'chance gain', instead: 'categorical gain penalty' },
  { words: 'cautious', instead: 'shrunk' },
  { words: 'separation', instead: 'MDL purity check' },
  { words: 'set aside', instead: 'validation split' },
  { words: 'watched rows', instead: 'validation rows' },
  { words: 'move margins', instead: 'update raw predictions' },
  { words: 'find weights', instead: 'fit weights' },
  { words: 'minimise', instead: 'optimizer' },
  { words: 'search work', instead: 'solver cost' },
  { words: 'principal scores', instead: 'PCA category order' },
  ...['tree list', 'forest list'].map((words) => ({ words, instead: 'ensemble builder' })),
  {
    words: 'shuffled',
    instead: 'permuted',
    within: ['src/ml', 'src/metrics'],
  },
  // The model file keeps the field's name.
  { words: 'background', instead: 'prior', within: ['src/ml', 'src/runtime'], names: ['background'] },
  { words: 'training work', instead: 'cost model' },
  { words: 'test model', instead: 'evaluate model', within: ['src'] },
  { words: 'alike', instead: 'similar, nearest neighbours', within: ['src/ml'] },
  // CSV
  { words: 'prepare reading', instead: 'sniff file' },
  { words: 'reading plan', instead: 'read plan' },
  { words: 'conclusion', instead: 'inspection report' },
  { words: 'in hand', instead: 'buffer' },
  { words: 'row marks', instead: 'row metadata' },
  { words: 'label dictionary', instead: 'string dictionary' },
  { words: 'finish column', instead: 'infer column type' },
  { words: 'joined blocks', instead: 'merged blocks' },
  { words: 'column job', instead: 'column task' },
  { words: 'utf8 copy', instead: 'transcode' },
  // Training runs
  ...['run feed', 'feed round'].map((words) => ({ words, instead: 'change poller, read batch' })),
  { words: 'run mark', instead: 'run head' },
  { words: 'hungry', instead: 'pending' },
  { words: 'lost runs', instead: 'orphaned runs' },
  { words: 'waiting groups', instead: 'group queue' },
  { words: 'thin', instead: 'prune events, downsample curve' },
  { words: 'byte planes', instead: 'byte shuffle' },
  ...['training pace', 'pace line'].map((words) => ({ words, instead: 'training duration, duration regression' })),
  { words: 'run commands', instead: 'run control' },
  // API and platform
  ...['pinger', 'pingers'].map((words) => ({ words, instead: 'database probe' })),
  { words: 'answers within', instead: 'responds within' },
  ...['socket watch', 'session watch', 'connection watch', 'queue watch', 'quota watch'].map((words) => ({
    words,
    instead: 'watchdog, monitor',
  })),
  { words: 'standby thread', instead: 'warm worker' },
  { words: 'wanted table', instead: 'requested rows' },
  {
    words: 'place',
    instead: 'ordinal, position',
    within: ['src'],
    // Of the record of a lock: the machine and the namespace of a process.
    except: ['src/platform/embedded-postgres'],
    names: ['placeEdges', 'softmaxInPlace', 'shuffleInPlace'],
  },
  ...['recent look', 'known documents', 'unread messages'].map((words) => ({
    words,
    instead: 'cached health check, document cache, backpressure',
  })),
  { words: 'forgiving', instead: 'tolerant' },
];

/** A name in the code: of a file, or an identifier. */
export interface Name {
  readonly path: string;
  readonly text: string;
  readonly words: readonly string[];
}

/** `isUnderWay`, `IS_UNDER_WAY` and `is-under-way` are the words "is under way". */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/**
 * The name of a file and its identifiers, each identifier once. Strings and comments are left out: what users read, and what
 * is stored, has its own tests.
 */
export function namesIn(path: string, source: string): Name[] {
  const names = new Set([path.slice(path.lastIndexOf('/') + 1).replace(/\.tsx?$/, '')]);
  visitSource(
    source,
    ({ type, ...node }) => {
      if (type === 'Identifier' || type === 'PrivateIdentifier') names.add(String(node['name']));
    },
    languageOf(path),
  );
  return Array.from(names, (text) => ({ path, text, words: wordsOf(text) }));
}

export function findPrivateWords(names: readonly Name[]): PrivateWord[] {
  return names.flatMap((name) =>
    RULES.filter((rule) => breaks(name, rule)).map(({ words, instead }) => ({
      name: `${name.path}: ${name.text}`,
      word: words,
      instead,
    })),
  );
}

/** The exemptions of the rules that no name needs, which would let the word come back unnoticed. */
export function unusedExemptions(names: readonly Name[]): string[] {
  return RULES.flatMap((rule) => {
    const { words, except = [], names: allowed = [] } = rule;
    if (except.length + allowed.length === 0) return [];
    const found = names.filter((name) => breaks(name, { ...rule, except: [], names: [] }));
    return [
      ...except.filter((folder) => !found.some(({ path }) => isBelow(path, [folder]))),
      ...allowed.filter((text) => !found.some((name) => name.text === text)),
    ].map((exemption) => `${words}: ${exemption}`);
  });
}

function breaks({ path, text, words }: Name, rule: Rule): boolean {
  const { within, except = [], names = [] } = rule;
  if ((within !== undefined && !isBelow(path, within)) || isBelow(path, except) || names.includes(text)) return false;
  const sequence = rule.words.split(' ');
  const at = words.findIndex((_, start) => sequence.every((word, i) => words[start + i] === word));
  return rule.atStart === true ? at === 0 && words.length > sequence.length : at >= 0;
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
