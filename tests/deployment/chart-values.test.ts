import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS, type Setting } from '../../src/config.ts';
import { allMetrics } from '../repo/all-metrics.ts';
import { CHART, hasHelm, ofKind, podOf, podsOf, readImage, renderChart, renderWithHelm, type Values } from './chart.ts';
import { EVERYTHING, NEEDED } from './chart-values.ts';
import { ROOT } from './compose-file.ts';

async function readChartFile(name: string): Promise<string> {
  return await readFile(join(CHART, name), 'utf8');
}

describe('the Helm chart', () => {
  test('workers are scaled on a metric that there is, and only then have no fixed number', async () => {
    const { labelNames = [] } = allMetrics().find(({ name }) => name === 'trainyard_jobs') ?? {};
    expect(labelNames).toEqual(['state']);
    const [keda] = ofKind(await renderChart(EVERYTHING), 'ScaledObject');
    expect(keda?.spec).toMatchObject({
      scaleTargetRef: { name: 'demo-worker' },
      triggers: [
        {
          metadata: {
            query: 'sum(max by (state) (trainyard_jobs{namespace="training",service="demo-api"}))',
            ignoreNullValues: 'false',
          },
        },
      ],
    });
    const withHpa = await renderChart({ ...NEEDED, worker: { autoscaling: { kind: 'hpa' } } });
    const metric = { name: 'trainyard_jobs', selector: { matchLabels: { service: 'demo-api' } } };
    expect(ofKind(withHpa, 'HorizontalPodAutoscaler')[0]?.spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'demo-worker' },
      metrics: [{ type: 'External', external: { metric, target: { type: 'AverageValue', averageValue: '1' } } }],
    });
    expect(podOf(withHpa, 'worker').manifest.spec.replicas).toBeUndefined();
    const byDefault = await renderChart(NEEDED);
    expect(podOf(byDefault, 'worker').manifest.spec.replicas).toBe(2);
    expect(byDefault.filter(({ kind }) => /Autoscaler|ScaledObject|ServiceMonitor/.test(kind))).toEqual([]);
  });

  test('only Prometheus reads a key of the Secret by its name, the token of /metrics', async () => {
    const [monitor] = ofKind(await renderChart(EVERYTHING), 'ServiceMonitor');
    expect(monitor?.spec['endpoints']).toEqual([
      {
        ...{ port: 'http', path: '/metrics', interval: '15s' },
        authorization: { credentials: { name: 'trainyard-secrets', key: 'metrics_token' } },
      },
    ]);
  });

  const REFUSED: readonly (readonly [string, Values, string])[] = [
    [
      'a folder as the store',
      { ...NEEDED, storage: { bucket: 'trainyard', backend: 'local' } },
      'storage.backend has to be s3',
    ],
    ['no bucket', { ...NEEDED, storage: {} }, 'storage.bucket has to name the bucket'],
    ['no image', { ...NEEDED, image: {} }, 'image.repository has to name the image'],
    ['no Secret', { ...NEEDED, secretName: '' }, 'secretName has to name an existing Secret'],
    [
      'KEDA without a Prometheus',
      { ...NEEDED, worker: { autoscaling: { kind: 'keda' } } },
      'prometheusUrl has to name',
    ],
  ];
  test.each(REFUSED)('%s is refused with what is missing', async (_title, values, message) => {
    await expect(renderChart(values)).rejects.toThrow(message);
  });

  test
    .skipIf(!hasHelm)
    .each([
      ...REFUSED,
      ['a setting of a secret', { ...NEEDED, settings: { TOKEN_SECRET: 'x' } }, 'TOKEN_SECRET'],
      ['a setting of the chart', { ...NEEDED, settings: { PORT: '80' } }, 'PORT'],
      ['a number as a setting', { ...NEEDED, settings: { MAX_ATTEMPTS: 7 } }, 'MAX_ATTEMPTS'],
      ['an unknown way to scale', { ...NEEDED, worker: { autoscaling: { kind: 'magic' } } }, 'autoscaling'],
    ] as const)('helm refuses %s', async (_title, values, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-values-'));
    const file = join(folder, 'values.json');
    await writeFile(file, JSON.stringify(values));
    await expect(renderWithHelm(file)).rejects.toThrow(message);
    await rm(folder, { recursive: true });
  });

  test('settings may name neither a secret nor what the chart sets', async () => {
    const schema = JSON.parse(await readChartFile('values.schema.json')) as {
      readonly properties: {
        readonly settings: { readonly propertyNames: { readonly not: { readonly enum: readonly string[] } } };
      };
    };
    const secret = Object.entries<Setting<unknown>>(SETTINGS).flatMap(([name, { isSecret }]) =>
      isSecret ? [name, `${name}_FILE`] : [],
    );
    const { settings: _settings, ...others } = EVERYTHING;
    const set = podsOf(await renderChart(others)).flatMap(({ container }) => container.env.map(({ name }) => name));
    const ofImage = Object.keys((await readImage()).environment);
    expect(schema.properties.settings.propertyNames.not.enum).toEqual(
      [...new Set([...secret, ...set, ...ofImage])].sort(),
    );
  });

  test('the values have no secret, and the version is that of the program', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    expect(parse(await readChartFile('Chart.yaml'))).toMatchObject({ version, appVersion: version });
    const values = parse(await readChartFile('values.yaml')) as Values;
    expect(values).toMatchObject({ secretName: '', image: { repository: '' }, storage: { bucket: '' } });
    expect(await readChartFile('values.yaml')).not.toMatch(/BEGIN|postgres:|smtps?:|password/i);
  });
});
