import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findPrivateWords, namesIn, unusedExemptions, wordsOf } from './private-words.ts';

const paths = globSync('{src,tests,benchmarks}/**/*.{ts,tsx}', { exclude: ['src/console/gql/**'] }).map((path) =>
  path.replaceAll('\\', '/'),
);

const names = paths.flatMap((path) => namesIn(path, readFileSync(path, 'utf8')));

test('files and identifiers are named in the words of the field, not of a private language', () => {
  expect(paths.length).toBeGreaterThan(900);
  expect(findPrivateWords(names)).toEqual([]);
});

test('every exemption from the private words is needed by some name', () => {
  expect(unusedExemptions(names)).toEqual([]);
});

describe('findPrivateWords', () => {
  const wordsIn = (path: string, source = '') => findPrivateWords(namesIn(path, source)).map(({ word }) => word);

  test.each([
    ['src/platform/threads/crew-leader.ts', '', 'crew'],
    ['src/tabular/scan/rows.ts', 'class RowsInHand {}', 'hand'],
    ['src/ml/tree/grow-tree.ts', 'const goesLeft = 1;', 'goes left'],
    ['src/ml/tree/grow-tree.ts', 'class A { #setAside = 0; }', 'set aside'],
    ['src/config.ts', 'export const MOST_ROWS = 5;', 'most'],
    ['src/training/live/poller.ts', 'poller.hungry.add(follower);', 'hungry'],
    ['src/api/graphql/pagination.ts', 'interface Page { readonly place: number }', 'place'],
    ['tests/platform/threads/thread-pool.test.ts', 'function startHelper() {}', 'helper'],
  ])('a private word is found in %s: %s', (path, source, word) => {
    expect(wordsIn(path, source)).toContain(word);
  });

  test.each([
    ['a word within another word', 'src/api/http/cors.ts', 'const handler = shorthands;'],
    ['a word in a string or a comment', 'src/api/http/cors.ts', "const text = 'crew'; // crew"],
    ['a name of the standard library', 'src/processes/shutdown.ts', 'await Promise.allSettled([]);'],
    ['a word in a folder where it is ordinary', 'src/platform/embedded-postgres/kernel-lock.ts', 'tryKernelLock();'],
    ['a word outside the folders where it is a private one', 'src/training/live/run-followers.ts', 'new Follower();'],
    ['a word that is private only at the start', 'src/tabular/profile/profile.ts', 'const atMost = 1;'],
  ])('%s is none', (_what, path, source) => {
    expect(wordsIn(path, source)).toEqual([]);
  });

  test('an identifier is reported once, with its file and what to say instead', () => {
    const found = findPrivateWords(namesIn('src/api/http/cors.ts', 'const upkeep = 1; use(upkeep);'));
    expect(found).toEqual([{ name: 'src/api/http/cors.ts: upkeep', word: 'upkeep', instead: 'maintenance' }]);
  });
});

test.each(['isUnderWay', '#isUnderWay', 'IS_UNDER_WAY', 'is-under-way', 'IsUnder_way'])(
  '%s is made of three words',
  (name) => {
    expect(wordsOf(name)).toEqual(['is', 'under', 'way']);
  },
);

test('an exemption that no name needs is reported', () => {
  expect(unusedExemptions(namesIn('src/processes/shutdown.ts', 'f();'))).toContain('settled: allSettled');
  const used = unusedExemptions(namesIn('src/processes/shutdown.ts', 'Promise.allSettled([]);'));
  expect(used).not.toContain('settled: allSettled');
});

test('an abbreviation is one word', () => {
  expect(wordsOf('parseHTTPHeader2')).toEqual(['parse', 'http', 'header2']);
});
