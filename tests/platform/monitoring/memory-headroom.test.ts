import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readMemoryHeadroom } from '../../../src/platform/monitoring/memory-headroom.ts';

const MB = 1_000_000;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-headroom-'));
  await write('proc/meminfo', `MemTotal:       ${8_000_000} kB\nMemFree:  1 kB\nMemAvailable:   ${5_000_000} kB\n`);
});

afterEach(() => rm(directory, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), text);
}

const headroom = () => readMemoryHeadroom({ cgroups: join(directory, 'cgroup'), proc: join(directory, 'proc') });

async function writeV2(path: string, limit: string, current: number, stat: string): Promise<void> {
  await write(join('cgroup', path, 'memory.max'), `${limit}\n`);
  await write(join('cgroup', path, 'memory.current'), `${current}\n`);
  await write(join('cgroup', path, 'memory.stat'), stat);
}

async function writeV1(path: string, limit: string, usage: number, stat: string): Promise<void> {
  await write(join('cgroup/memory', path, 'memory.limit_in_bytes'), `${limit}\n`);
  await write(join('cgroup/memory', path, 'memory.usage_in_bytes'), `${usage}\n`);
  await write(join('cgroup/memory', path, 'memory.stat'), stat);
}

const MACHINE = { limitBytes: 8_000_000 * 1024, usedBytes: 3_000_000 * 1024 };

test('without a control group the available memory of the machine counts', async () => {
  expect(headroom()).toEqual(MACHINE);
  await write('proc/self/cgroup', '');
  expect(headroom()).toEqual(MACHINE);
});

test('on systems other than Linux the memory headroom is unknown', async () => {
  await rm(join(directory, 'proc'), { recursive: true });
  expect(headroom()).toBeNull();
});

test('in cgroup version 2 all memory counts but the page cache', async () => {
  await write('proc/self/cgroup', '0::/app\n');
  const stat = `anon ${200 * MB}\nfile ${90 * MB}\nshmem ${20 * MB}\ninactive_file ${50 * MB}\nactive_file ${20 * MB}\n`;
  await writeV2('app', String(300 * MB), 290 * MB, stat);
  expect(headroom()).toEqual({ limitBytes: 300 * MB, usedBytes: 220 * MB });
});

test('in cgroup version 1 the page cache of child groups is subtracted too', async () => {
  await write('proc/self/cgroup', '5:cpu,cpuacct:/elsewhere\n4:memory:/app\n0::/\n');
  const stat = `inactive_file ${MB}\nactive_file ${MB}\ntotal_inactive_file ${40 * MB}\ntotal_active_file ${10 * MB}\n`;
  await writeV1('app', String(300 * MB), 290 * MB, stat);
  expect(headroom()).toEqual({ limitBytes: 300 * MB, usedBytes: 240 * MB });
});

test('a control group without a limit has no headroom of its own, in either version', async () => {
  await write('proc/self/cgroup', '4:memory:/app\n0::/app\n');
  await writeV1('app', '9223372036854771712', 290 * MB, '');
  await writeV2('app', 'max', 290 * MB, '');
  expect(headroom()).toEqual(MACHINE);
});

test('of several nested control groups the one that leaves least counts', async () => {
  await write('proc/self/cgroup', '0::/outer/inner\n');
  await writeV2('outer', String(400 * MB), 390 * MB, '');
  await writeV2('outer/inner', String(300 * MB), 100 * MB, '');
  expect(headroom()).toEqual({ limitBytes: 400 * MB, usedBytes: 390 * MB });
});

test('a machine that is fuller than the control group decides', async () => {
  await write('proc/meminfo', `MemTotal: ${1_000} kB\nMemAvailable: ${10} kB\n`);
  await write('proc/self/cgroup', '0::/\n');
  await writeV2('', String(300 * MB), 100 * MB, '');
  expect(headroom()).toEqual({ limitBytes: 1_024_000, usedBytes: 1_013_760 });
});

test('in a container that sees the path of the host, the visible root group counts', async () => {
  await write('proc/self/cgroup', '4:memory:/docker/0123456789\n');
  await writeV1('', String(300 * MB), 100 * MB, '');
  expect(headroom()).toEqual({ limitBytes: 300 * MB, usedBytes: 100 * MB });
});
