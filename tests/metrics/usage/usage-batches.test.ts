import { expect, test } from 'vitest';
import { Caller, type Context } from '../../../src/api/graphql/context.ts';
import { nobody } from '../../../src/auth/viewer.ts';
import { WorkspaceUsageResolver } from '../../../src/metrics/usage/usage.resolver.ts';
import type { UsageService } from '../../../src/metrics/usage/usage.service.ts';

const identify = async () => nobody('NO_TOKEN');
const NOBODY = { identify, identifyRecently: identify, verify: async () => null };
const USAGE = {
  ...{ restorableDatasets: 0, restorableBytes: 0, openUploads: 0, openUploadBytes: 0 },
  ...{ datasets: 0, datasetBytes: 0, artifacts: 0, artifactBytes: 0, unpinnedArtifacts: 0, artifactsBeyondLimit: 0 },
  ...{ batchPredictions: 0, batchPredictionBytes: 0 },
  ...{ queuedRuns: 0, runningRuns: 0, runs: 0 },
};

test('simultaneous lookups of a workspace in one request are read once, and again by the next request', async () => {
  const asked: string[] = [];
  const service: Pick<UsageService, 'usageOf'> = {
    usageOf(id) {
      asked.push(id);
      return Promise.resolve(USAGE);
    },
  };
  const resolver = new WorkspaceUsageResolver(service as UsageService);
  const context = { caller: new Caller(NOBODY) } as Context;
  const ask = () =>
    Promise.all(['a', 'b', 'a', 'a'].map((id) => resolver.usage({ id, name: id, viewerRole: 'OWNER' }, context)));
  expect(await ask()).toEqual([USAGE, USAGE, USAGE, USAGE]);
  expect(asked).toEqual(['a', 'b']);
  await ask();
  expect(asked).toEqual(['a', 'b', 'a', 'b']);
});
