import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The processes of ranks and trackers that these processes have started; by /proc. */
export function rankProcesses(parents: readonly number[] = [process.pid]): number[] {
  const wanted = new Set(parents);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => wanted.has(parentOf(id) ?? 0) && commandOf(id).includes('rank.py'));
}

/** Those of the processes that have not ended. */
export function running(ids: readonly number[]): number[] {
  return ids.filter((id) => existsSync(`/proc/${id}`) && commandOf(id) !== '');
}

function parentOf(id: number): number | null {
  const parent = read(`/proc/${id}/stat`).split(') ')[1]?.split(' ')[1];
  return parent === undefined ? null : Number(parent);
}

/** Nothing of one that has ended, also where nobody has asked how. */
function commandOf(id: number): string {
  return read(`/proc/${id}/cmdline`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}
