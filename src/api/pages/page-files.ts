import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** The types of all files that the console is built of. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/** The encodings that the build compresses files to, the smallest first, by their endings. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

type Encoding = (typeof ENCODINGS)[number][0];

/** A file of the console, with its compressed forms. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly compressed: ReadonlyMap<Encoding, Buffer>;
  readonly contentType: string;
  /** Changes with the content. */
  readonly etag: string;
}

/**
 * Reads all files of a built console by their paths, such as `/assets/index-DXk2.js`; null if there is no such folder. They are
 * kept in memory: a page and what it loads are of one build, also while another one replaces the folder.
 */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile> | null> {
  const names = await readdir(folder, { recursive: true }).catch(() => null);
  if (names === null) return null;
  const paths = names.map((name) => name.replaceAll('\\', '/'));
  const known = new Set(paths);
  const files = paths.filter((path) => extname(path) in CONTENT_TYPES);
  return new Map(
    await Promise.all(files.map(async (path) => [`/${path}`, await readPageFile(folder, path, known)] as const)),
  );
}

async function readPageFile(folder: string, path: string, known: ReadonlySet<string>): Promise<PageFile> {
  const bytes = await readFile(join(folder, path));
  const there = ENCODINGS.filter(([, ending]) => known.has(path + ending));
  const compressed = new Map(
    await Promise.all(
      there.map(async ([encoding, ending]) => [encoding, await readFile(join(folder, path + ending))] as const),
    ),
  );
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  return { bytes, compressed, contentType: CONTENT_TYPES[extname(path)] ?? '', etag };
}

/** The smallest form of a file that the client takes, by its header `accept-encoding`. */
export function encodingFor({ compressed }: PageFile, acceptEncoding: string): Encoding | null {
  const accepted = new Set(
    acceptEncoding
      .toLowerCase()
      .split(',')
      .map((each) => each.trim().replace(/\s*;\s*q=(?!0(?:\.0*)?$).*$/, '')),
  );
  return ENCODINGS.map(([encoding]) => encoding).find((each) => accepted.has(each) && compressed.has(each)) ?? null;
}
