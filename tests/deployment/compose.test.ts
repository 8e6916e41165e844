import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig, SETTINGS, type Setting } from '../../src/config.ts';
import { type ComposeFile, type ComposeService, environmentOf, ROOT, readComposeFile } from './compose-file.ts';

/** The services that run this program, and those that end by themselves. */
const OWN = ['api', 'worker', 'migrate', 'prepare-bucket'];
const ONE_SHOT = ['migrate', 'prepare-bucket'];

let compose: ComposeFile;
let secrets: string;

beforeAll(async () => {
  compose = await readComposeFile();
  secrets = await mkdtemp(join(tmpdir(), 'trainyard-secrets-'));
  makeSecrets();
});

afterAll(() => rm(secrets, { recursive: true }));

function makeSecrets(): void {
  execFileSync('sh', [join(ROOT, 'deploy/make-secrets.sh'), secrets]);
}

function serviceOf(name: string): ComposeService {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`There is no service ${name}.`);
  return service;
}

async function secret(name: string): Promise<string> {
  return (await readFile(join(secrets, name), 'utf8')).trim();
}

describe('docker-compose.yml', () => {
  test('docker-compose.yml has an API, a worker, their preparation, a database and an object store, and no serve', () => {
    expect(Object.keys(compose.services).sort()).toEqual([...OWN, 'postgres', 'minio'].sort());
    for (const name of OWN) expect(serviceOf(name).command).toEqual([name]);
  });

  test.each(OWN)('the environment of the service %s is accepted by readConfig and has only known names', (name) => {
    const environment = environmentOf(serviceOf(name), secrets);
    const config = readConfig(environment);
    expect(config).toMatchObject({ STORAGE_BACKEND: 's3', MINIO_ENDPOINT: 'http://minio:9000', CORS_ORIGINS: [] });
    const known = Object.entries<Setting<unknown>>(SETTINGS).flatMap(([setting, { isSecret }]) =>
      isSecret ? [setting, `${setting}_FILE`] : [setting],
    );
    expect(Object.keys(environment).filter((setting) => !known.includes(setting))).toEqual([]);
  });

  test('docker-compose.yml contains no secret: each is a random file that only its readers get', async () => {
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
    expect((await readdir(secrets)).sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const [name, service] of Object.entries(compose.services)) {
      const read = Object.values(service.environment).filter((value) => String(value).startsWith('/run/secrets/'));
      expect(read.map((path) => String(path).slice('/run/secrets/'.length)).sort(), name).toEqual(
        [...service.secrets].sort(),
      );
      const named = Object.entries(service.environment).filter(([key]) => /PASSWORD|SECRET|KEY|TOKEN/.test(key));
      for (const [key] of named) expect(key, name).toMatch(/_FILE$/);
    }
    expect(await secret('database_url')).toBe(
      `postgres://trainyard_server:${await secret('server_password')}@postgres:5432/trainyard`,
    );
  });

  test('make-secrets.sh keeps existing secrets in a folder that only its owner may enter', async () => {
    const before = await Promise.all(Object.keys(compose.secrets).map(secret));
    expect(new Set(before).size).toBe(before.length);
    await rm(join(secrets, 'metrics_token'));
    makeSecrets();
    const after = await Promise.all(Object.keys(compose.secrets).map(secret));
    expect(after.filter((value) => !before.includes(value))).toEqual([await secret('metrics_token')]);
    expect((await stat(secrets)).mode & 0o777).toBe(0o700);
    await expect(writeFile(join(secrets, 'token_secret'), 'x', { flag: 'wx' })).rejects.toThrow('EEXIST');
  });

  test('services have restart rules and health checks, and wait for what they need', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      const isOneShot = ONE_SHOT.includes(name);
      expect(service.restart, name).toBe(isOneShot ? 'on-failure:5' : 'unless-stopped');
      const { disable = false, test: command } = service.healthcheck;
      expect({ disable, probe: command?.[0] }, name).toEqual({
        disable: isOneShot,
        probe: isOneShot ? undefined : 'CMD',
      });
    }
    for (const name of ['api', 'worker']) {
      expect(serviceOf(name).depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        'prepare-bucket': { condition: 'service_completed_successfully' },
      });
    }
    expect(serviceOf('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(serviceOf('prepare-bucket').depends_on).toEqual({ minio: { condition: 'service_healthy' } });
  });

  test('stop_grace_period is longer than a process takes to shut down', () => {
    const config = readConfig(environmentOf(serviceOf('api'), secrets));
    const seconds = (name: string) => Number.parseInt(serviceOf(name).stop_grace_period, 10);
    expect(seconds('api')).toBeGreaterThan(config.SHUTDOWN_GRACE_SECONDS + config.SHUTDOWN_TIMEOUT_SECONDS);
    expect(seconds('worker')).toBeGreaterThan(10);
  });

  test('health checks use the ports at which the processes listen', () => {
    const worker = environmentOf(serviceOf('worker'), secrets);
    expect(serviceOf('api').healthcheck.test?.at(-1)).toContain(':4000/readyz');
    expect(serviceOf('api').ports?.[0]).toMatch(/:4000$/);
    expect(serviceOf('worker').healthcheck.test?.at(-1)).toContain(`:${worker['WORKER_PORT']}/readyz`);
  });

  test('containers run without capabilities and with a read-only root file system', () => {
    for (const name of OWN) {
      expect(serviceOf(name)).toMatchObject({
        ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
        volumes: ['/data'],
      });
    }
  });

  test('every image has a version', () => {
    for (const [name, { image }] of Object.entries(compose.services)) {
      expect(image, name).toMatch(OWN.includes(name) ? /^trainyard:/ : /:[\w.-]*\d[\w.-]*$/);
    }
  });
});
