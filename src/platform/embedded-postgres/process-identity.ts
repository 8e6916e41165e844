import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** What the link of the machine's own PID namespace reads in every Linux kernel (PROC_PID_INIT_INO); it sees all others. */
const ROOT_NAMESPACE = 'pid:[4026531836]';

/** Where process ids are given out: the ids of one place say nothing of the processes of another. */
export interface ProcessNamespace {
  readonly host: string;
  /** This start of the machine. */
  readonly boot: string;
  /** The PID namespace, such as a container's; empty where the system has none. */
  readonly namespace: string;
}

/** The place of this process. */
export async function processNamespace(): Promise<ProcessNamespace> {
  const [boot, namespace] = await Promise.all([bootOfMachine(), readlink('/proc/self/ns/pid').catch(() => '')]);
  return { host: hostname(), boot, namespace };
}

async function bootOfMachine(): Promise<string> {
  const read =
    process.platform === 'linux'
      ? readFile('/proc/sys/kernel/random/boot_id', 'latin1')
      : execFileAsync('sysctl', ['-n', 'kern.bootsessionuuid']).then(({ stdout }) => stdout);
  return (await read.catch(() => '')).trim();
}

/** Whether the same process ids mean the same processes. Never where it cannot be told. */
export function isSameNamespace(one: ProcessNamespace, other: ProcessNamespace): boolean {
  return one.boot !== '' && one.host === other.host && one.boot === other.boot && one.namespace === other.namespace;
}

/** Whether every process of the machine can be seen from the place, those in containers too. */
export function seesWholeMachine({ namespace }: ProcessNamespace): boolean {
  return process.platform === 'linux' ? namespace === ROOT_NAMESPACE : true;
}

/**
 * A text that names one process of this {@link ProcessNamespace} for good, unlike its id, which is given out again: boot of the
 * machine and start time. Undefined if no such process runs here; one that has died but was not yet collected by its parent
 * does not run. A process of another place is never seen, and must not be taken for ended because of that.
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
    return `${await bootOfMachine()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
