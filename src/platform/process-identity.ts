import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/**
 * A text that names one process for good, unlike its id, which is given out again: boot of the machine and start time.
 * Undefined if no such process runs; a process that has died but was not yet collected by its parent does not run.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  try {
    if (process.platform !== 'linux') {
      const { stdout } = await execFileAsync('ps', ['-o', 'lstart=', '-p', String(pid)]);
      return stdout.trim() || undefined;
    }
    const line = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The command in brackets is field 2 and may hold blanks and brackets; field 3 is the state, 22 the start time.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') {
      return undefined;
    }
    return `${(await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
