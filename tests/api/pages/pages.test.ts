import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pages } from '../../../src/api/pages/pages.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const SCRIPT = `console.log('${'long '.repeat(500)}');`;

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-pages-'));
  await mkdir(join(folder, 'assets'));
  const files: Record<string, string | Buffer> = {
    'index.html': '<title>Console</title>',
    'graphql.html': '<title>GraphiQL</title>',
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'assets/main-a1b2.js': SCRIPT,
    'assets/main-a1b2.js.br': brotliCompressSync(SCRIPT),
    'assets/main-a1b2.js.gz': gzipSync(SCRIPT),
    'notes.txt': 'no part of a page',
  };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
  const pages = await Pages.open(folder);
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://unused');
    const serve = async () => {
      const isServed =
        pathname === '/graphql'
          ? await pages?.serveGraphiQL(request, response)
          : (await pages?.serveFile(request, response, pathname)) ||
            (await pages?.serveConsole(request, response, pathname));
      if (isServed !== true) response.writeHead(404).end();
    };
    void serve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(url + path, { method, headers });
}

describe('the pages of a server', () => {
  test('a browser gets the console at every address without a file of that name', async () => {
    for (const path of ['/', '/runs', '/runs/8b5b0d5e?tab=card']) {
      const response = await get(path, BROWSER);
      expect([response.status, await response.text()]).toEqual([200, '<title>Console</title>']);
    }
  });

  test('a browser gets GraphiQL at the address of the API, and no program does', async () => {
    expect(await (await get('/graphql', BROWSER)).text()).toBe('<title>GraphiQL</title>');
    for (const headers of [{}, { accept: '*/*' }, { ...BROWSER, 'apollo-require-preflight': 'true' }]) {
      expect((await get('/graphql', headers)).status).toBe(404);
    }
    expect((await get('/graphql', BROWSER, 'POST')).status).toBe(404);
  });

  test('a program that opens an address gets no page', async () => {
    expect((await get('/', { accept: 'application/json' })).status).toBe(404);
    expect((await get('/runs', { accept: '*/*' })).status).toBe(404);
  });

  test('a file that is missing, or no part of a page, is not answered with the console', async () => {
    for (const path of ['/assets/main-old.js', '/notes.txt', '/index.html', '/../package.json']) {
      expect((await get(path, BROWSER)).status, path).toBe(404);
    }
  });

  test('files with a hash in their names are kept for good, pages are asked for again', async () => {
    expect((await get('/assets/main-a1b2.js')).headers.get('cache-control')).toBe(
      'public, max-age=31536000, immutable',
    );
    const page = await get('/', BROWSER);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/', { ...BROWSER, 'if-none-match': page.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test.each([
    ['br, gzip', 'br'],
    ['gzip, deflate, br;q=0', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['identity', null],
  ])('with accept-encoding "%s" a file is sent as %s', async (acceptEncoding, encoding) => {
    const response = await get('/assets/main-a1b2.js', { 'accept-encoding': acceptEncoding });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')).toContain('accept-encoding');
    expect(await response.text()).toBe(SCRIPT);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const response = await get('/', BROWSER, 'HEAD');
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '22', '']);
  });

  test('the policy of the console allows nothing of other sites, and no inline script or style', async () => {
    const policy = (await get('/', BROWSER)).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const graphiql = (await get('/graphql', BROWSER)).headers.get('content-security-policy') ?? '';
    expect(graphiql).toContain("script-src 'self';");
    expect(graphiql).toContain("worker-src 'self' blob:");
  });
});

test('where no console is built, there are no pages', async () => {
  expect(await Pages.open(join(folder, 'assets'))).toBeNull();
  expect(await Pages.open(join(folder, 'missing'))).toBeNull();
});
