import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

const manifest = readJson<Record<string, unknown>>('package.json');
const lock = readJson<{ packages: Readonly<Record<string, Package>> }>('package-lock.json');
const workspaces = (manifest['workspaces'] ?? []) as readonly string[];

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

test('package.json asks for exact versions', () => {
  const asked = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
    Object.entries((manifest[kind] ?? {}) as Record<string, string>),
  );
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('the lockfile names no address, so that it serves every registry', () => {
  const packages = Object.entries(lock.packages);
  expect(packages.length).toBeGreaterThan(100);
  const resolved = packages.flatMap(([, { resolved: address }]) => address ?? []);
  // The packages of this repository are linked to their folders.
  expect(resolved).toEqual(workspaces);
});

test('the lockfile has the hash of every package', () => {
  const own = ['', ...workspaces];
  const unproven = Object.entries(lock.packages).filter(
    ([path, { integrity, link }]) => !own.includes(path) && !link && !integrity,
  );
  expect(unproven.map(([path]) => path)).toEqual([]);
});
