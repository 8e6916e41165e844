import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig, SETTINGS, type Setting } from '../../src/config.ts';
import { startProbeServer } from '../../src/processes/probe-server.ts';
import {
  type Container,
  hasHelm,
  lintWithHelm,
  type Manifest,
  ofKind,
  podOf,
  podsOf,
  readImage,
  renderChart,
  renderWithHelm,
  type Selector,
} from './chart.ts';
import { CASES, EVERYTHING, WITHOUT_KEYS } from './chart-values.ts';
import { ROOT, readComposeFile } from './compose-file.ts';

const SECRETS_FOLDER = '/run/secrets/trainyard';

/** The files of make-secrets.sh, and those that Docker Compose does not need. */
let secrets: string;

beforeAll(async () => {
  secrets = await mkdtemp(join(tmpdir(), 'trainyard-chart-'));
  execFileSync('sh', [join(ROOT, 'deploy/make-secrets.sh'), secrets]);
  await writeFile(join(secrets, 'smtp_url'), 'smtps://name:password@mail.example.com');
});

afterAll(() => rm(secrets, { recursive: true }));

/** The environment as Kubernetes makes it, with the secrets in another folder. */
function environmentOf({ env }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value.replace(SECRETS_FOLDER, secrets)]));
}

function bytesOf(quantity: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  return Number(digits) * 1024 ** (unit === 'Gi' ? 3 : 2);
}

function isSelected(labels: Readonly<Record<string, string>>, { matchLabels }: Selector): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

describe.each(CASES)('the Helm chart with %s', (_title, values) => {
  let manifests: Manifest[];

  beforeAll(async () => {
    manifests = await renderChart(values);
  });

  test('it runs commands that there are, an API and a worker in Deployments, what comes before them in hooks', async () => {
    const source = await readFile(join(ROOT, 'src/command-line.ts'), 'utf8');
    const [, commands = ''] = /^const COMMANDS[^\n]*\{\n(.*?)^\};/ms.exec(source) ?? [];
    const known = [...commands.matchAll(/^ {2}'?([\w-]+)'?: /gm)].map(([, name]) => name);
    expect(known).toContain('serve');
    const { services } = await readComposeFile();
    for (const { name, manifest, container } of podsOf(manifests)) {
      expect(known).toContain(container.args[0]);
      expect(container.args, name).toEqual(services[name]?.command);
      const isHook = manifest.metadata.annotations?.['helm.sh/hook'] === 'pre-install,pre-upgrade';
      expect({ kind: manifest.kind, isHook }, name).toEqual(
        ['api', 'worker'].includes(name) ? { kind: 'Deployment', isHook: false } : { kind: 'Job', isHook: true },
      );
    }
    const names = podsOf(manifests).map(({ name }) => name);
    expect(names.filter((name) => name !== 'prepare-bucket').sort()).toEqual(['api', 'migrate', 'worker']);
    expect(names.includes('prepare-bucket')).toBe(values === EVERYTHING);
  });

  test('the environment of each container has only known names and is accepted by readConfig', async () => {
    const known = Object.entries<Setting<unknown>>(SETTINGS).flatMap(([setting, { isSecret }]) =>
      isSecret ? `${setting}_FILE` : setting,
    );
    const { environment } = await readImage();
    for (const { name, container } of podsOf(manifests)) {
      const names = container.env.map((each) => each.name);
      expect(
        names.filter((each) => !known.includes(each)),
        name,
      ).toEqual([]);
      expect(new Set(names).size, name).toBe(names.length);
      const config = readConfig({ ...environment, ...environmentOf(container) });
      expect(config).toMatchObject({ STORAGE_BACKEND: 's3', MINIO_BUCKET: 'trainyard', HOST: '0.0.0.0' });
      expect(config.METRICS_TOKEN).not.toBeNull();
    }
    const { LOG_LEVEL, CORS_ORIGINS } = readConfig(environmentOf(podOf(manifests, 'worker').container));
    expect({ LOG_LEVEL, CORS_ORIGINS }).toEqual(
      values === EVERYTHING
        ? { LOG_LEVEL: 'debug', CORS_ORIGINS: ['https://app.example.com'] }
        : { LOG_LEVEL: 'info', CORS_ORIGINS: [] },
    );
  });

  test('each secret is a file of the existing Secret, which only the containers that need it get', () => {
    for (const { name, spec, container } of podsOf(manifests)) {
      expect(container.envFrom, name).toBeUndefined();
      for (const variable of container.env) expect(Object.keys(variable).sort(), name).toEqual(['name', 'value']);
      const read = container.env.flatMap(({ value }) =>
        value.startsWith(`${SECRETS_FOLDER}/`) ? [value.slice(SECRETS_FOLDER.length + 1)] : [],
      );
      const [volume, ...others] = spec.volumes.filter((each) => each.secret !== undefined);
      expect(others, name).toEqual([]);
      expect(volume?.secret?.secretName).toBe('trainyard-secrets');
      expect(volume?.secret?.items.map(({ path }) => path).sort(), name).toEqual(read.sort());
      expect(volume?.secret?.items.filter(({ key, path }) => key !== path)).toEqual([]);
      expect(container.volumeMounts).toContainEqual({ name: volume?.name, mountPath: SECRETS_FOLDER, readOnly: true });
      expect(read.includes('token_keys'), name).toBe(name === 'api');
      expect(read.includes('minio_secret_key'), name).toBe(values !== WITHOUT_KEYS);
      expect(read.includes('database_owner_url'), name).toBe(values !== WITHOUT_KEYS);
    }
    expect(ofKind(manifests, 'Secret')).toEqual([]);
  });

  test('no container runs as root, and each writes only to folders of its own', async () => {
    const { environment, user } = await readImage();
    for (const { name, spec, container } of podsOf(manifests)) {
      const [runAsUser, runAsGroup] = user ?? [];
      expect(runAsUser).toBeGreaterThan(0);
      expect(spec.initContainers, name).toBeUndefined();
      expect(spec.containers, name).toHaveLength(1);
      expect(spec.securityContext, name).toMatchObject({ runAsNonRoot: true, runAsUser, runAsGroup });
      expect(container.securityContext, name).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ['ALL'] },
      });
      const folderOf = (path: string | undefined) => {
        const mount = container.volumeMounts.find(({ mountPath }) => mountPath === path);
        return spec.volumes.find((volume) => volume.name === mount?.name)?.emptyDir;
      };
      expect(folderOf('/tmp'), name).toBeDefined();
      expect(folderOf(environment['DATA_DIRECTORY']), name).toBeDefined();
      expect(container.volumeMounts, name).toHaveLength(spec.volumes.length);
      expect(Object.keys(container.resources.limits), name).toContain('memory');
    }
    const { container, spec } = podOf(manifests, 'worker');
    const data = spec.volumes.find((volume) => volume.name === 'data')?.emptyDir?.sizeLimit ?? '';
    expect(bytesOf(data)).toBeGreaterThan(readConfig(environmentOf(container)).FILE_CACHE_BYTES);
  });

  test('probes ask the paths that a process serves, at the port at which it listens', async () => {
    const metrics = { contentType: 'text/plain', metrics: () => Promise.resolve('') };
    const server = await startProbeServer('127.0.0.1', 0, { healthChecks: {}, metrics, metricsToken: null });
    const { environment } = await readImage();
    try {
      for (const name of ['api', 'worker']) {
        const { container } = podOf(manifests, name);
        const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
        expect(probes.map((probe) => probe?.httpGet)).toEqual(
          ['/healthz', '/healthz', '/readyz'].map((path) => ({ path, port: 'http' })),
        );
        const answers = probes.map((probe) => fetch(`http://127.0.0.1:${server.port}${probe?.httpGet.path}`));
        expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
        const { PORT, WORKER_PORT } = readConfig({ ...environment, ...environmentOf(container) });
        expect(container.ports).toEqual([{ name: 'http', containerPort: name === 'api' ? PORT : WORKER_PORT }]);
      }
    } finally {
      await server.close();
    }
  });

  test('a pod is given more time than its process takes to shut down', () => {
    const { spec, container } = podOf(manifests, 'api');
    const { SHUTDOWN_GRACE_SECONDS, SHUTDOWN_TIMEOUT_SECONDS } = readConfig(environmentOf(container));
    expect(SHUTDOWN_GRACE_SECONDS).toBe(values === EVERYTHING ? 30 : 10);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(SHUTDOWN_GRACE_SECONDS + SHUTDOWN_TIMEOUT_SECONDS);
    expect(podOf(manifests, 'worker').spec.terminationGracePeriodSeconds).toBeGreaterThan(10);
  });

  test('services, disruption budgets and the spread select the pods of their own component', () => {
    const pods = podsOf(manifests);
    for (const name of ['api', 'worker']) {
      const own = (kind: string) => ofKind(manifests, kind).find((each) => each.metadata.name === `demo-${name}`)?.spec;
      const selectors = [
        own('Deployment')?.['selector'] as Selector,
        own('PodDisruptionBudget')?.['selector'] as Selector,
        { matchLabels: own('Service')?.['selector'] } as Selector,
        ...(podOf(manifests, name).spec.topologySpreadConstraints ?? []).map(({ labelSelector }) => labelSelector),
      ];
      expect(selectors).toHaveLength(5);
      for (const selector of selectors) {
        expect(pods.filter(({ labels }) => isSelected(labels, selector)).map((pod) => pod.name)).toEqual([name]);
      }
    }
    for (const { spec } of ofKind(manifests, 'ServiceMonitor')) {
      const selected = manifests.filter(
        ({ kind, metadata }) => kind === 'Service' && isSelected(metadata.labels, spec['selector'] as Selector),
      );
      expect(selected.map(({ metadata }) => metadata.name)).toEqual(['demo-api', 'demo-worker']);
    }
  });

  test.skipIf(!hasHelm)('helm finds no mistake, and renders the same as the tests', async () => {
    const file = join(secrets, 'values.json');
    await writeFile(file, JSON.stringify(values));
    await lintWithHelm(file);
    const sorted = (list: readonly Manifest[]) =>
      list.toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
    expect(sorted(await renderWithHelm(file))).toEqual(sorted(manifests));
  });
});

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}
