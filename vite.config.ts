import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const OUTPUT = join(import.meta.dirname, 'dist/console');

/** What is smaller when it is compressed; fonts of type woff2 are already. */
const COMPRESSIBLE = new Set(['.css', '.html', '.js', '.svg', '.ttf']);

/** The server of the API, for `npm run dev:console`. */
const API = process.env['TRAINYARD_URL'] ?? 'http://127.0.0.1:4000';

/** Writes each file in its compressed forms too, so that the server need not compress anything. */
function compressed(): Plugin {
  return {
    name: 'trainyard-compressed',
    apply: 'build',
    async closeBundle() {
      const names = await readdir(OUTPUT, { recursive: true });
      await Promise.all(names.filter((name) => COMPRESSIBLE.has(extname(name))).map(compress));
    },
  };
}

async function compress(name: string): Promise<void> {
  const path = join(OUTPUT, name);
  const bytes = await readFile(path);
  // The best quality takes ten times as long for the megabytes of an editor, and saves a hundredth of them.
  const quality = bytes.length > 300_000 ? 9 : 11;
  const br = await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
  await writeFile(`${path}.br`, br);
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}

// The console and the GraphiQL page: "npm run build:console" builds them to dist/console, which the API serves.
export default defineConfig({
  root: join(import.meta.dirname, 'src/console'),
  plugins: [react(), compressed()],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: 'es2023',
    // The policy of the pages allows no fonts in style sheets.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 10_000,
    reportCompressedSize: false,
    rolldownOptions: {
      input: ['index.html', 'graphql.html'].map((page) => join(import.meta.dirname, 'src/console', page)),
    },
  },
  server: {
    proxy: {
      '^/graphql$': {
        target: API,
        ws: true,
        bypass: ({ headers, method }) => (isPage(method, headers.accept) ? '/graphql.html' : null),
      },
      '/downloads': { target: API },
      '/uploads': { target: API },
    },
  },
});

function isPage(method: string | undefined, accept: string | undefined): boolean {
  return method === 'GET' && (accept ?? '').includes('text/html');
}
