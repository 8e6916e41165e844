import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTemporaryFiles, type TemporaryFiles } from '../../../src/platform/blob-store/temporary-files.ts';
import { eventually } from '../../support/eventually.ts';

const MODULE = new URL('../../../src/platform/blob-store/temporary-files.ts', import.meta.url).href;

/** A process that has an upload in flight: a folder with a file and what reading it put aside. It lives until it is killed. */
const UPLOADER = `
  const { openTemporaryFiles } = await import(${JSON.stringify(MODULE)});
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const folder = (await openTemporaryFiles(process.argv[1])).newPath();
  mkdirSync(folder);
  for (const name of ['file', 'file.part0', 'file.part1', 'table']) writeFileSync(folder + '/' + name, 'x');
  console.log(folder);
  setInterval(() => undefined, 1000);`;

let directory: string;
const children: ChildProcess[] = [];
const opened: TemporaryFiles[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-temporary-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const files of opened.splice(0)) files.close();
  await rm(directory, { recursive: true, force: true });
});

async function open(): Promise<TemporaryFiles> {
  const files = await openTemporaryFiles(directory);
  opened.push(files);
  return files;
}

/** Starts such a process and waits until it has its files. */
async function startUploader(): Promise<{ folder: string; kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', UPLOADER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for await (const folder of createInterface(child.stdout)) {
    return {
      folder: basename(folder),
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
  throw new Error('The process ended before it had its files.');
}

test('files of a killed process are removed at the next start, those of a living one are not', async () => {
  const [killed, living] = await Promise.all([startUploader(), startUploader()]);
  await open();
  expect((await readdir(directory)).sort()).toEqual([killed.folder, living.folder].sort());
  await killed.kill();
  await open();
  expect(await readdir(directory)).toEqual([living.folder]);
  expect((await readdir(join(directory, living.folder))).sort()).toEqual(['file', 'file.part0', 'file.part1', 'table']);
  await living.kill();
  await open();
  expect(await readdir(directory)).toEqual([]);
});

test('files of a process that is killed later are removed within ten minutes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const killed = await startUploader();
    await open();
    await killed.kill();
    expect(await readdir(directory)).toEqual([killed.folder]);
    vi.advanceTimersByTime(10 * 60 * 1000);
    vi.useRealTimers();
    await eventually(async () => expect(await readdir(directory)).toEqual([]));
  } finally {
    vi.useRealTimers();
  }
});

test('paths of temporary files are unique, below the folder, and valid while the process lives', async () => {
  const files = await open();
  const paths = Array.from({ length: 100 }, () => files.newPath());
  expect(new Set(paths).size).toBe(100);
  expect(new Set(paths.map((path) => dirname(path)))).toEqual(new Set([directory]));
  await writeFile(paths[0] ?? '', 'x');
  await open();
  expect(await readdir(directory)).toHaveLength(1);
});

test('if a process id was reused, only the files of the living process are kept', async () => {
  const own = (await open()).newPath();
  const earlier = own.replace(/\.[0-9a-f]{12}\./, '.000000000000.');
  for (const path of [own, earlier]) await writeFile(path, 'x');
  await open();
  expect(await readdir(directory)).toEqual([basename(own)]);
});

test('files that may belong to a process on another machine are kept until nobody has written to them for a day', async () => {
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  const names = ['other-home.1.x.old', 'other-home.1.x.busy', 'other-home.1.x.new', 'of-an-earlier-version'];
  for (const name of names) {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, 'file'), 'x');
    if (name.endsWith('.new')) continue;
    if (!name.endsWith('.busy')) await utimes(join(directory, name, 'file'), yesterday, yesterday);
    await utimes(join(directory, name), yesterday, yesterday);
  }
  await open();
  expect((await readdir(directory)).sort()).toEqual(['other-home.1.x.busy', 'other-home.1.x.new']);
});
