import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** The link text of the initial PID namespace in every Linux kernel (PROC_PID_INIT_INO); processes in it see all others. */
const ROOT_NAMESPACE = 'pid:[4026531836]';

/** The scope of process ids: ids of one namespace say nothing about processes of another. */
export interface ProcessNamespace {
  readonly host: string;
  /** The boot id of the machine. */
  readonly boot: string;
  /** The PID namespace, such as a container's; empty if the system has none. */
  readonly namespace: string;
}

/** The namespace of this process. */
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

/** Whether the same process ids mean the same processes; false if unknown. */
export function isSameNamespace(one: ProcessNamespace, other: ProcessNamespace): boolean {
  return one.boot !== '' && one.host === other.host && one.boot === other.boot && one.namespace === other.namespace;
}

/** Whether every process of the machine is visible from the namespace, including those in containers. */
export function seesWholeMachine({ namespace }: ProcessNamespace): boolean {
  return process.platform === 'linux' ? namespace === ROOT_NAMESPACE : true;
}

/**
 * Identifies a process of this {@link ProcessNamespace} by boot id and start time, since process ids are reused. Null if
 * no such process runs here; a dead process not yet reaped by its parent does not run. Processes of other namespaces are
 * invisible, and must not be taken for ended because of that.
 */
export async function processIdentity(pid: number): Promise<string | null> {
  try {
    if (process.platform !== 'linux') {
      const { stdout } = await execFileAsync('ps', ['-o', 'lstart=', '-p', String(pid)]);
      return stdout.trim() || null;
    }
    const line = await readFile(`/proc/${pid}/stat`, 'latin1');
    // Field 2 is the command in parentheses, which may contain spaces and parentheses; field 3 is the state, 22 the
    // start time.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') {
      return null;
    }
    return `${await bootOfMachine()} ${fields[19]}`;
  } catch {
    return null;
  }
}
