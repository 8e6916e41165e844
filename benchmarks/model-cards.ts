/**
 * Claim: a model card is enough to train the very same model again, from the file alone, in another workspace.
 *
 *   npm run build && node benchmarks/model-cards.ts --data DIR [--only FILE,FILE] [--algorithms LINEAR,DECISION_TREE]
 *
 * DIR holds CSV files and a MANIFEST.json that lists them (see real-files.ts). Each file is uploaded without an option and
 * trained on by each algorithm; then a second user uploads it with the options of the card and starts what the card says.
 * Exit code 1 where one of the models has other bytes.
 */
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from './support/client.ts';
import { readManifest } from './support/manifest.ts';
import { startServer } from './support/server.ts';

interface Run {
  readonly status: string;
  readonly error: { readonly message: string } | null;
  readonly modelCard: string | null;
  readonly artifact: { readonly sha256: string } | null;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    algorithms: { type: 'string', default: 'LINEAR,DECISION_TREE,RANDOM_FOREST,GRADIENT_BOOSTING' },
  },
});
if (values.data === undefined) throw new Error('Usage: node benchmarks/model-cards.ts --data DIR');
const directory = values.data;
const algorithms = values.algorithms.split(',');

const server = await startServer();
let others = 0;
try {
  const [first, second] = await Promise.all([Client.signUp(server.url), Client.signUp(server.url)]);
  print('file', algorithms);
  for (const { file, target } of readManifest(directory, values.only)) {
    const datasetId = await upload(first, file, {});
    const findings: string[] = [];
    for (const algorithm of algorithms) {
      const run = await train(first, { datasetId, target, algorithm });
      const [options, training] = jsonBlocks(run.modelCard ?? '');
      const again = await train(second, { ...training, datasetId: await upload(second, file, options ?? {}) });
      const isSame = run.artifact?.sha256 === again.artifact?.sha256;
      if (!isSame) others += 1;
      findings.push(isSame ? 'the same' : 'ANOTHER');
    }
    print(file, findings);
  }
} finally {
  await server.stop();
}
console.log(others === 0 ? '\nEvery model has the same bytes.' : `\n${others} models have other bytes.`);
process.exitCode = others === 0 ? 0 : 1;

async function upload(client: Client, file: string, input: object): Promise<string> {
  const { uploadDataset } = await client.sendFile<{ uploadDataset: { dataset: { id: string } | null } }>(
    'mutation ($file: Upload!, $input: UploadDatasetInput) { uploadDataset(file: $file, input: $input) { dataset { id } } }',
    await openAsBlob(join(directory, file)),
    file,
    { input },
  );
  if (uploadDataset.dataset === null) throw new Error(`${file} was refused.`);
  return uploadDataset.dataset.id;
}

async function train(client: Client, input: object): Promise<Run> {
  const { startTraining } = await client.send<{ startTraining: { id: string } }>(
    'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }',
    { input },
  );
  const query =
    'subscription ($id: ID!) { trainingProgress(runId: $id) { status error { message } modelCard artifact { sha256 } } }';
  const run = (await client.last<{ trainingProgress: Run }>(query, { id: startTraining.id })).trainingProgress;
  if (run.modelCard === null) throw new Error(`${JSON.stringify(input)}: ${JSON.stringify(run)}`);
  return run;
}

/** What a card's blocks of JSON say: the inputs of uploadDataset and startTraining. */
function jsonBlocks(card: string): object[] {
  return Array.from(card.matchAll(/^(`{3,})json\n(.*?)\n\1$/gms), ([, , json]) => JSON.parse(json ?? '') as object);
}

function print(file: string, cells: readonly string[]): void {
  console.log(file.padEnd(28) + cells.map((cell) => cell.padStart(20)).join(''));
}
