import { randomUUID } from 'node:crypto';
import type { HostileRequest, HostileTarget } from './hostile-request.ts';
import { followOperation, postOperation } from './post.ts';

/** The same field under so many names. */
function named(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => `a${index}:${field}`).join(' ');
}

/** What of a wide dataset, a run with long labels, and many runs there is to ask for. */
interface Prepared {
  readonly wideId: string;
  readonly runIds: readonly string[];
}

const COLUMNS = 20_000;
const RUNS = 20;

const prepared = new WeakMap<HostileTarget, Promise<Prepared>>();

function prepare(target: HostileTarget): Promise<Prepared> {
  const known = prepared.get(target) ?? prepareOnce(target);
  prepared.set(target, known);
  return known;
}

/** Uploads 20,000 columns, and trains twenty times on a target whose labels are a megabyte long each. */
async function prepareOnce({ client }: HostileTarget): Promise<Prepared> {
  const names = Array.from({ length: COLUMNS }, (_, index) => `column_${index}`);
  const rows = Array.from({ length: 12 }, (_, row) => names.map((_, index) => (index * row) % 97).join(','));
  const wideId = await upload(client, `${[names.join(','), ...rows].join('\n')}\n`, 'wide.csv');
  const labels = ['a', 'b'].map((letter) => letter.repeat(1_000_000));
  const labelled = Array.from({ length: 24 }, (_, row) => `${((row * 7) % 5) + 0.5},${labels[row % 2]}`);
  const labelledId = await upload(client, `size,kind\n${labelled.join('\n')}\n`, 'labels.csv');
  const runIds: string[] = [];
  for (let seed = 0; seed < RUNS; seed++) {
    const input = {
      datasetId: labelledId,
      target: 'kind',
      task: 'CLASSIFICATION',
      algorithm: 'BASELINE',
      split: { seed },
    };
    const { startTraining } = await client.send<{ startTraining: { id: string } }>(
      'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }',
      { input },
    );
    await client.all('subscription ($id: ID!) { trainingProgress(runId: $id) { status } }', { id: startTraining.id });
    runIds.push(startTraining.id);
  }
  return { wideId, runIds };
}

interface Uploaded {
  readonly dataset: { readonly id: string } | null;
  readonly report: { readonly issues: readonly object[] };
}

async function upload(client: HostileTarget['client'], text: string, filename: string): Promise<string> {
  const { uploadDataset } = await client.sendFile<{ uploadDataset: Uploaded }>(
    `mutation ($file: Upload!) { uploadDataset(file: $file, input: { csv: { columnKinds: [] } }) { dataset { id } report { issues { severity message } } } }`,
    new Blob([text]),
    filename,
    {},
  );
  if (uploadDataset.dataset === null) {
    throw new Error(`${filename} was refused: ${JSON.stringify(uploadDataset.report.issues.slice(0, 3))}`);
  }
  return uploadDataset.dataset.id;
}

interface SignedIn {
  readonly name: string;
  readonly query: string;
  readonly variables?: (found: Prepared) => Record<string, unknown>;
}

const WIDE = 'query ($id: ID!, $names: [String!])';
const wideNames = (count: number) => (found: Prepared) => ({
  id: found.wideId,
  names: Array.from({ length: count }, (_, index) => `column_${index * 7}`),
});
const run = ({ runIds: [id] }: Prepared) => ({ id });

const SIGNED_IN: readonly SignedIn[] = [
  {
    name: '60,000 names of columns',
    query: `${WIDE}{dataset(id:$id){columns(names:$names){name}}}`,
    variables: wideNames(60_000),
  },
  {
    name: '1,000 names of columns',
    query: `${WIDE}{dataset(id:$id){columns(names:$names,limit:1000){name}}}`,
    variables: wideNames(1_000),
  },
  {
    name: '1,000 names of columns under 90 names',
    query: `${WIDE}{dataset(id:$id){${named(90, 'columns(names:$names,limit:1000){name}')}}}`,
    variables: wideNames(1_000),
  },
  {
    name: '1,000 names of columns under 170 names',
    query: `${WIDE}{dataset(id:$id){${named(170, 'columns(names:$names){name}')}}}`,
    variables: wideNames(1_000),
  },
  {
    name: 'a page of columns with all of their figures',
    query: `query ($id: ID!) {dataset(id:$id){columns(limit:1000){name kind missing distinct numeric{min max mean histogram{from to count}} topValues{value count}}}}`,
    variables: ({ wideId }) => ({ id: wideId }),
  },
  {
    name: '20,000 cells in twenty rows',
    query: `query ($id: ID!) {dataset(id:$id){preview(rows:20){cells}}}`,
    variables: ({ wideId }) => ({ id: wideId }),
  },
  {
    name: '20,000 cells in twenty rows, under 20 names',
    query: `query ($id: ID!) {dataset(id:$id){${named(20, 'preview(rows:20){cells}')}}}`,
    variables: ({ wideId }) => ({ id: wideId }),
  },
  {
    name: '__typename under 90 names below 1,000 columns',
    query: `query ($id: ID!) {dataset(id:$id){columns(limit:1000){${named(90, '__typename')}}}}`,
    variables: ({ wideId }) => ({ id: wideId }),
  },
  {
    name: 'a long label under 700 names',
    query: `query ($id: ID!) {trainingRun(id:$id){evaluation{${named(700, 'positiveClass')}}}}`,
    variables: run,
  },
  { name: 'a page of long labels', query: `{trainingRuns(first:100){edges{node{evaluation{positiveClass}}}}}` },
  {
    name: 'the addresses of a file under 18,000 names',
    query: `{datasets(first:100){edges{node{${named(180, 'downloadUrl')}}}}}`,
  },
  {
    name: 'the addresses of a file under 900 names',
    query: `query ($id: ID!) {dataset(id:$id){${named(900, 'downloadUrl')}}}`,
    variables: ({ wideId }) => ({ id: wideId }),
  },
  { name: 'twenty model cards', query: `{trainingRuns(first:20){edges{node{modelCard}}}}` },
  {
    name: 'a model card under 400 names',
    query: `query ($id: ID!) {trainingRun(id:$id){${named(400, 'modelCard')}}}`,
    variables: run,
  },
  {
    name: 'twenty runs side by side',
    query:
      'query ($ids: [ID!]!) {compareRuns(ids:$ids){runs{id features} metrics{name values significant} parameters{name values} warnings}}',
    variables: ({ runIds }) => ({ ids: runIds }),
  },
  {
    name: '20,000 runs side by side',
    query: 'query ($ids: [ID!]!) {compareRuns(ids:$ids){warnings}}',
    variables: () => ({ ids: Array.from({ length: 20_000 }, () => randomUUID()) }),
  },
  { name: 'a page with 890 names of a field', query: `{trainingRuns(first:100){edges{node{${named(890, 'id')}}}}}` },
];

/** What a signed-in user can ask of large things of their own. */
export const ANSWERS: readonly HostileRequest[] = SIGNED_IN.flatMap(({ name, query, variables }) => {
  const operation = async (target: HostileTarget) => ({ query, variables: variables?.(await prepare(target)) ?? {} });
  const prepareOf = async (target: HostileTarget) => void (await prepare(target));
  return [
    {
      name: `${name}, HTTP`,
      prepare: prepareOf,
      send: async (target) => postOperation(target, await operation(target), target.token),
    },
    {
      name: `${name}, WebSocket`,
      prepare: prepareOf,
      send: async (target) => followOperation(target, await operation(target), target.token),
    },
  ] satisfies HostileRequest[];
});
