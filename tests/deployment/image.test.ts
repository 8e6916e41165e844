import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { freePort } from '../support/free-port.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { startS3Server } from '../support/s3-server.ts';
import { TestClient } from '../support/test-client.ts';
import { environmentOf, ROOT, readComposeFile } from './compose-file.ts';
import { type MadeImage, makeImage, parseDockerfile } from './dockerfile.ts';

const run = promisify(execFile);

const s3 = await startS3Server();

/** Of a container that nobody can be in here: the processes run as its user where the tests run as root. */
const isRoot = process.getuid?.() === 0;

const SIGN_UP = 'mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';

test('the last stage of the Dockerfile runs "node dist/main.js" as a user that is not root, with a health check', async () => {
  const stages = parseDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8'));
  expect(stages.length).toBeGreaterThan(1);
  for (const { base } of stages) expect(base).toMatch(/^node:\d+\.\d+\.\d+-[\w-]+$/);
  const last = stages.at(-1)?.instructions ?? [];
  const argsOf = (name: string) => last.find((instruction) => instruction.name === name)?.args;
  expect(argsOf('ENTRYPOINT')).toEqual(['node', 'dist/main.js']);
  expect(argsOf('CMD')).toEqual(['api']);
  expect(argsOf('USER')).toEqual(['1000:1000']);
  expect(argsOf('HEALTHCHECK')?.[0]).toBe('node');
  // What stands in the last stage alone is in the image.
  expect(last.filter(({ name, flags }) => name === 'RUN' || (name === 'COPY' && flags['from'] !== 'build'))).toEqual(
    [],
  );
});

describe.skipIf(s3 === null)('an image of the steps of the Dockerfile', () => {
  if (s3 === null) return;
  let folder: string;
  let secrets: string;
  let image: MadeImage;
  let admin: postgres.Sql;

  beforeAll(async () => {
    folder = await mkdtemp(join(inject('temporaryDirectory'), 'image-'));
    await chmod(folder, 0o755);
    admin = postgres(inject('templateUrl').replace(/\/[^/]*$/, '/template1'), { max: 1, onnotice: () => undefined });
    image = await makeImage(ROOT, folder);
    secrets = join(folder, 'secrets');
    execFileSync('sh', [join(ROOT, 'deploy/make-secrets.sh'), secrets]);
    // A container has each file mounted by itself.
    await chmod(secrets, 0o755);
    await createDatabase();
    const [accessKeyId, secretAccessKey] = [await secret('minio_access_key'), await secret('minio_secret_key')];
    await s3.createUser({ accessKeyId: `${accessKeyId}-of-compose`, secretAccessKey });
    await replaceSecret('minio_access_key', `${accessKeyId}-of-compose`);
  });

  afterAll(async () => {
    await admin.unsafe('drop database if exists trainyard with (force)');
    await admin.unsafe('drop role if exists trainyard_server; drop role if exists trainyard_owner');
    await admin.end();
    await rm(folder, { recursive: true, force: true });
    await s3.close();
  });

  async function secret(name: string): Promise<string> {
    return (await readFile(join(secrets, name), 'utf8')).trim();
  }

  async function replaceSecret(name: string, value: string): Promise<void> {
    await rm(join(secrets, name));
    await writeFile(join(secrets, name), `${value}\n`, { mode: 0o444 });
  }

  /** Does what the script of the database's container does, without psql, and lets the addresses name this server. */
  async function createDatabase(): Promise<void> {
    const script = await readFile(join(ROOT, 'deploy/postgres/10-roles.sh'), 'utf8');
    const [, statements = ''] = /<<'SQL'\n([\s\S]*)\nSQL/.exec(script) ?? [];
    const filledIn = statements
      .replaceAll(":'owner_password'", `'${await secret('owner_password')}'`)
      .replaceAll(":'server_password'", `'${await secret('server_password')}'`)
      .replaceAll(':"database"', 'trainyard');
    await admin.unsafe('create database trainyard');
    await admin.unsafe(filledIn).simple();
    const { host } = new URL(inject('templateUrl'));
    for (const name of ['database_url', 'database_owner_url']) {
      await replaceSecret(name, (await secret(name)).replace('postgres:5432', host));
    }
  }

  /** The environment of a service of docker-compose.yml in this image, with the ports and addresses of this machine. */
  async function environment(name: string, more: Record<string, string> = {}): Promise<Record<string, string>> {
    const service = (await readComposeFile()).services[name];
    if (service === undefined) throw new Error(`There is no service ${name}.`);
    const { DATA_DIRECTORY = '', ...ofImage } = image.environment;
    const { MINIO_ENDPOINT: _minio, PUBLIC_URL: _url, ...ofService } = environmentOf(service, secrets);
    const here = { MINIO_ENDPOINT: s3?.endpoint ?? '', DATA_DIRECTORY: join(image.root, DATA_DIRECTORY) };
    return { ...ofImage, ...ofService, ...here, SHUTDOWN_GRACE_SECONDS: '0', ...more };
  }

  /** Starts a command as the image does: its program, its user. */
  function startCommand(args: readonly string[], env: Record<string, string>) {
    const [, ...program] = image.entrypoint;
    const user = isRoot ? { uid: image.user, gid: image.user } : {};
    const child = spawn(process.execPath, [...program, ...args], { cwd: image.workingDirectory, env, ...user });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const close = async () => {
      child.kill('SIGTERM');
      await ended;
    };
    return endsWithTest({ close, ended, output: () => output });
  }

  async function isHealthy(env: Record<string, string>): Promise<boolean> {
    const [, ...args] = image.healthCheck;
    return await run(process.execPath, args, { env }).then(
      () => true,
      () => false,
    );
  }

  async function untilHealthy(env: Record<string, string>): Promise<void> {
    await expect.poll(() => isHealthy(env)).toBe(true);
  }

  test('the image contains no development dependency and only what runs of the repository', async () => {
    expect((await readdir(image.workingDirectory)).sort()).toEqual(
      ['LICENSE', 'dist', 'drizzle', 'node_modules', 'package.json'].sort(),
    );
    const { devDependencies, optionalDependencies } = JSON.parse(
      await readFile(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const absent = Object.keys({ ...devDependencies, ...optionalDependencies });
    const installed = await readdir(join(image.workingDirectory, 'node_modules'));
    expect(absent.filter((name) => installed.includes(name))).toEqual([]);
    const owner = (await stat(join(image.root, 'data'))).uid;
    expect(isRoot ? owner : image.user).toBe(image.user);
  });

  test('the image migrates, prepares the bucket, trains and serves with the environment of docker-compose.yml', async () => {
    for (const name of ['migrate', 'prepare-bucket']) {
      const command = startCommand([name], await environment(name));
      expect(await command.ended, command.output()).toBe(0);
    }
    const [port, workerPort] = [String(await freePort()), String(await freePort())];
    const ofApi = await environment('api', { PORT: port });
    const ofWorker = await environment('worker', { WORKER_PORT: workerPort });
    expect(await isHealthy(ofApi)).toBe(false);
    startCommand(image.command, ofApi);
    const worker = startCommand(['worker'], ofWorker);
    await Promise.all([untilHealthy(ofApi), untilHealthy(ofWorker)]);
    const url = `http://127.0.0.1:${port}`;
    const anonymous = new TestClient(url, null);
    await expect
      .poll(async () => (await anonymous.execute<{ health: { status: string } }>('{ health { status } }')).health)
      .toEqual({ status: 'UP' });
    const { signUp } = await anonymous.execute<{ signUp: { accessToken: string } }>(SIGN_UP);
    const client = new TestClient(url, signUp.accessToken);
    await train(client, { datasetId: (await uploadDataset(client, flowersCsv())).id, algorithm: 'LINEAR' });
    const metrics = await fetch(`${url}/metrics`, {
      headers: { authorization: `Bearer ${await secret('metrics_token')}` },
    });
    expect([metrics.status, (await fetch(`${url}/metrics`)).status]).toEqual([200, 401]);
    await worker.close();
    expect(await isHealthy(ofWorker)).toBe(false);
  });
});
