import type { HostileOutcome, HostileRequest, HostileTarget } from './hostile-request.ts';
import { postOperation } from './post.ts';

/** Numbers in so many columns. */
function wideFile(columns: number, rows: number): Blob {
  const line = (cell: (column: number) => string) => Array.from({ length: columns }, (_, at) => cell(at)).join();
  const lines = Array.from({ length: rows }, (_, row) => line((at) => `${((row * 7919 + at * 104_729) % 1_000) / 10}`));
  return new Blob([`${[line((at) => `c${at}`), ...lines].join('\n')}\n`]);
}

/** So many bytes of texts that are all different. */
function distinctTexts(bytes: number, seed: number): Blob {
  const parts: string[] = ['text,answer\n'];
  let state = seed;
  for (let length = 0; length < bytes; length += parts.at(-1)?.length ?? 0) {
    const lines = Array.from({ length: 10_000 }, (_, at) => {
      state = (state * 48_271) % 2_147_483_647;
      return `${parts.length} ${at} ${state.toString(36)} is a text of its own and of no other row of the file,${state % 2}\n`;
    });
    parts.push(lines.join(''));
  }
  return new Blob(parts);
}

const INSPECT = 'mutation ($file: Upload!) { inspectDataset(file: $file) { accepted issues { code } } }';
const UPLOAD = 'mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } report { issues { code } } } }';
const END = 'subscription ($id: ID!) { trainingProgress(runId: $id) { status error { code } } }';

interface Uploaded {
  readonly dataset: { readonly id: string } | null;
  readonly report: { readonly issues: readonly { readonly code: string }[] };
}

function outcomeOf(answer: string, data: unknown): HostileOutcome {
  return { answer, bytes: JSON.stringify(data).length };
}

async function inspect({ client }: HostileTarget, file: Blob): Promise<HostileOutcome> {
  const data = await client.sendFile<{ inspectDataset: { accepted: boolean } }>(INSPECT, file, 'wide.csv', {});
  return outcomeOf(data.inspectDataset.accepted ? '200 accepted' : '200 refused', data);
}

/** Stored datasets, by how many columns they have. */
const stored = new Map<number, string>();

async function upload({ client }: HostileTarget, columns: number, rows: number): Promise<HostileOutcome> {
  const data = await client.sendFile<{ uploadDataset: Uploaded }>(UPLOAD, wideFile(columns, rows), 'wide.csv', {});
  const { dataset } = data.uploadDataset;
  if (dataset !== null) stored.set(columns, dataset.id);
  return outcomeOf(dataset === null ? '200 refused' : '200 stored', data);
}

/** Trains on all columns but the first, named one by one or not. */
async function train({ client }: HostileTarget, columns: number, isNamed: boolean): Promise<HostileOutcome> {
  const features = isNamed ? Array.from({ length: columns - 1 }, (_, at) => `c${at + 1}`) : null;
  const input = { datasetId: stored.get(columns), target: 'c0', algorithm: 'LINEAR', ...(features && { features }) };
  const query = 'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }';
  const data = await client.send<{ startTraining: { id: string } }>(query, { input });
  const last = await client.last<{ trainingProgress: { status: string; error: { code: string } | null } }>(END, {
    id: data.startTraining.id,
  });
  const { status, error } = last.trainingProgress;
  trained = data.startTraining.id;
  return outcomeOf(`200 ${error?.code ?? status}`, data);
}

let trained = '';

const query = (text: string, variables: () => object): HostileRequest['send'] => {
  return (target) => postOperation(target, { query: text, variables: variables() }, target.token);
};

/** What of 20,000 columns, and of a run with as many features, there is to ask for. */
const QUERIES: readonly (readonly [name: string, text: string, variables: () => object])[] = [
  [
    '1,000 of 20,000 columns with all top values',
    'query ($id: ID!) { dataset(id: $id) { columns(limit: 1000) { name topValues(limit: 20) { value count } } } }',
    () => ({ id: stored.get(20_000) }),
  ],
  [
    '1,000 of 20,000 columns with their histograms',
    'query ($id: ID!) { dataset(id: $id) { columns(limit: 1000) { name numeric { min max histogram { from to count } } } } }',
    () => ({ id: stored.get(20_000) }),
  ],
  [
    'the preview and the issues of 20,000 columns',
    'query ($id: ID!) { dataset(id: $id) { preview(rows: 20) { line cells } issues { code message column } } }',
    () => ({ id: stored.get(20_000) }),
  ],
  [
    'the features of a run with 20,000',
    'query ($id: ID!) { trainingRun(id: $id) { features(limit: 20000) } }',
    () => ({ id: trained }),
  ],
  [
    'the importances of a run with 20,000 features',
    'query ($id: ID!) { trainingRun(id: $id) { featureImportances(limit: 20000) { feature importance } } }',
    () => ({ id: trained }),
  ],
  [
    'the card, the artifact and the evaluation of a run with 20,000 features',
    'query ($id: ID!) { trainingRun(id: $id) { modelCard artifact { id sizeBytes } evaluation { __typename } } }',
    () => ({ id: trained }),
  ],
];

const UPLOAD_BYTES = 190_000_000;

/** Files of as many columns as there may be, or of as many different texts. */
export const WIDE_FILES: readonly HostileRequest[] = [
  { name: 'inspectDataset of 20,000 columns', send: (target) => inspect(target, wideFile(20_000, 60)) },
  { name: 'uploadDataset of 20,000 columns', send: (target) => upload(target, 20_000, 60) },
  { name: 'a training on 20,000 columns', send: (target) => train(target, 20_000, false) },
  { name: 'a training on 20,000 columns that are named', send: (target) => train(target, 20_000, true) },
  ...QUERIES.map(([name, text, variables]) => ({ name, send: query(text, variables) })),
  { name: 'inspectDataset of 100,000 columns', send: (target) => inspect(target, wideFile(100_000, 17)) },
  { name: 'uploadDataset of 100,000 columns', send: (target) => upload(target, 100_000, 17) },
  {
    name: 'startTraining on 100,000 columns',
    send: query('mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }', () => ({
      input: { datasetId: stored.get(100_000), target: 'c0' },
    })),
  },
  {
    name: 'two uploads of 190 MB of distinct texts at once',
    send: async (target) => {
      const outcomes = await Promise.all([1, 2].map((seed) => inspect(target, distinctTexts(UPLOAD_BYTES, seed))));
      return outcomes[0] ?? { answer: '', bytes: 0 };
    },
  },
];
