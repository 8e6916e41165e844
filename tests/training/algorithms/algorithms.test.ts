import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Spec {
  readonly name: string;
  readonly kind: string;
  readonly default: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly choices: readonly string[];
  readonly description: string;
}

interface Algorithm {
  readonly name: string;
  readonly tasks: readonly string[];
  readonly description: string;
  readonly enabled: boolean;
  readonly isDefault: boolean;
  readonly parameters: readonly Spec[];
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

async function list(task = ''): Promise<readonly Algorithm[]> {
  const { algorithms } = await client.execute<{ algorithms: Algorithm[] }>(
    `{ algorithms${task} { name tasks description enabled isDefault parameters { name kind default min max choices description } } }`,
  );
  return algorithms;
}

test('exactly one algorithm is the default, and all are enabled', async () => {
  const algorithms = await list();
  expect(algorithms.filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(['GRADIENT_BOOSTING']);
  expect(algorithms.every(({ enabled, description }) => enabled && description !== '')).toBe(true);
});

test('the algorithms of a task are those that support it', async () => {
  for (const task of ['CLASSIFICATION', 'REGRESSION']) {
    const algorithms = await list(`(task: ${task})`);
    expect(algorithms.length).toBeGreaterThan(0);
    expect(algorithms.every(({ tasks }) => tasks.includes(task))).toBe(true);
  }
});

test('every parameter is a field of ParametersInput with a default within its range', async () => {
  const { __type } = await client.execute<{ __type: { inputFields: { name: string; type: { name: string } }[] } }>(
    '{ __type(name: "ParametersInput") { inputFields { name type { name } } } }',
  );
  const types = new Map(__type.inputFields.map(({ name, type }) => [name, type.name]));
  const kinds: Readonly<Record<string, readonly (string | undefined)[]>> = {
    INT: ['Int'],
    FLOAT: ['Float'],
    BOOLEAN: ['Boolean'],
    ENUM: ['ClassWeight', 'Loss'],
  };
  for (const { name: algorithm, parameters } of await list()) {
    for (const { name, kind, default: preset, min, max, choices, description } of parameters) {
      const where = `${algorithm}.${name}`;
      expect(kinds[kind], where).toContain(types.get(name));
      expect(description, where).not.toBe('');
      const isWithin = Number(preset) >= (min ?? -Infinity) && Number(preset) <= (max ?? Infinity);
      const isChoice = kind === 'BOOLEAN' ? preset === 'true' || preset === 'false' : choices.includes(preset ?? '');
      expect(preset === null || (kind === 'INT' || kind === 'FLOAT' ? isWithin : isChoice), where).toBe(true);
    }
  }
});
