/** Copies the Python programs of src/, which the server starts, to where the compiler puts the modules that start them. */
import { copyFileSync, globSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

for (const path of globSync('**/*.py', { cwd: join(ROOT, 'src') })) {
  const to = join(ROOT, 'dist', path);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(ROOT, 'src', path), to);
}
