import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startProgram } from './command.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-production-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Links what the folder `from` holds, but for one name, into the folder `to`, which is made. */
async function linkAllBut(left: string | null, from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) if (name !== left) await symlink(join(from, name), join(to, name));
}

describe('npm ci --omit=dev', () => {
  beforeEach(async () => {
    for (const name of ['package.json', 'package-lock.json', 'scripts', 'patches']) {
      await cp(join(ROOT, name), join(folder, name), { recursive: true });
    }
  });

  /** What npm runs at its end: the exit code and all that it printed. */
  async function prepare(): Promise<{ code: number | string; output: string }> {
    const command = startProgram(process.execPath, [join(folder, 'scripts/prepare.js')], {});
    return { code: await command.ended, output: command.output() };
  }

  const linkBuild = (left: string | null = null) => linkAllBut(left, join(ROOT, 'dist'), join(folder, 'dist'));

  test('npm ci --omit=dev accepts a build of the same versions', async () => {
    await linkBuild();
    expect(await prepare()).toEqual({ code: 0, output: '' });
  });

  test('npm ci --omit=dev without a build fails and says how to get one', async () => {
    const { code, output } = await prepare();
    expect(code).toBe(1);
    expect(output).toContain('Nothing is built here (dist/)');
    expect(output).toContain('npm prune --omit=dev');
  });

  test('npm ci --omit=dev with a build that has no console fails', async () => {
    await linkBuild('console');
    expect(await prepare()).toMatchObject({ code: 1, output: expect.stringContaining('no console') });
  });

  test('npm ci --omit=dev with a build that has no bundles fails', async () => {
    await linkBuild('bundled');
    expect(await prepare()).toMatchObject({ code: 1, output: expect.stringContaining('no bundles') });
  });

  test.each(['package-lock.json', 'patches/postgres+3.4.9.patch'])(
    'npm ci --omit=dev with a build of another %s fails',
    async (file) => {
      await linkBuild();
      await writeFile(join(folder, file), `${await readFile(join(folder, file), 'utf8')}\n`);
      expect(await prepare()).toMatchObject({ code: 1, output: expect.stringContaining('other versions') });
    },
  );
});

test('a process does not run on an unpatched PostgreSQL driver, but on the patched one in the bundles', async () => {
  // What is linked would find the packages of the repository.
  const isNeeded = (path: string) => !path.endsWith('.map');
  await cp(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true, filter: isNeeded });
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const packages = join(folder, 'node_modules');
  await linkAllBut('postgres', join(ROOT, 'node_modules'), packages);
  await cp(join(ROOT, 'node_modules/postgres'), join(packages, 'postgres'), { recursive: true });
  const file = join(packages, 'postgres/src/index.js');
  await writeFile(file, (await readFile(file, 'utf8')).replace('isPatched: true,', ''));

  /** Why `migrate` fails; nothing listens at the database's address. */
  const failureOfMigrate = async () => {
    const settings = { DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none', DATA_DIRECTORY: join(folder, 'data') };
    const command = startProgram(process.execPath, [join(folder, 'dist/main.js'), 'migrate'], settings);
    expect(await command.ended).toBe(1);
    return (JSON.parse(command.output()) as { failure: string }).failure;
  };

  expect(await failureOfMigrate()).toBe('DATABASE_UNREACHABLE');
  await rm(join(folder, 'dist/bundled'), { recursive: true });
  expect(await failureOfMigrate()).toBe('NOT_PATCHED');
});
