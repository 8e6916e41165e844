import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf } from './error-code.ts';

/**
 * Makes a folder, and those above it, where they are missing; says whether it was missing. Rejects with the system's error where
 * there can be none. Node's own way to make folders below folders never ends on a file system such as /proc, which says of
 * every new folder that the one above it is missing.
 */
export async function makeFolder(path: string, mode?: number): Promise<boolean> {
  try {
    return await makeLast(path, mode);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  await makeFolder(dirname(path), mode);
  return await makeLast(path, mode);
}

/** The last folder of a path, whose others are there. Somebody else may make it at the same time. */
async function makeLast(path: string, mode?: number): Promise<boolean> {
  try {
    await mkdir(path, mode);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST' && (await isFolder(path))) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
