import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the kernel's groups are. In version 1 each resource has a tree of its own, in version 2 there is one. */
const ROOT = '/sys/fs/cgroup';

/** After so long a group whose processes were ended is empty, in milliseconds. */
const MAX_EMPTYING = 60_000;

export type Resource = 'cpu' | 'memory';

/** Why no group can be made here; null where one can. */
export function groupsUnavailable(resource: Resource): string | null {
  if (process.platform !== 'linux') return 'groups of processes need Linux';
  if (process.getuid?.() !== 0) return 'groups of processes need root';
  return versionOf(resource) === null ? `there is no group in ${ROOT} that limits ${resource}` : null;
}

function versionOf(resource: Resource): 1 | 2 | null {
  if (existsSync(join(ROOT, resource, 'cgroup.procs'))) return 1;
  return existsSync(join(ROOT, 'cgroup.controllers')) ? 2 : null;
}

/** Processes that share a limit, as those of a container do. Linux, as root. */
export class KernelGroup {
  readonly version: 1 | 2;
  readonly #folder: string;

  private constructor(version: 1 | 2, folder: string) {
    this.version = version;
    this.#folder = folder;
  }

  static async make(resource: Resource, name: string): Promise<KernelGroup> {
    const version = versionOf(resource);
    if (version === null) throw new Error(groupsUnavailable(resource) ?? 'no groups');
    // In version 2 the root of the tree has to hand the controller down.
    if (version === 2) await writeFile(join(ROOT, 'cgroup.subtree_control'), `+${resource}`);
    const folder = join(ROOT, version === 1 ? resource : '', `trainyard-${process.pid}-${name}`);
    await mkdir(folder);
    return new KernelGroup(version, folder);
  }

  /** Writes one of its files, by the name that it has in each version. */
  async set(names: { readonly v1: string; readonly v2: string }, value: { readonly v1: string; readonly v2: string }) {
    const key = this.version === 1 ? 'v1' : 'v2';
    await writeFile(join(this.#folder, names[key]), value[key]);
  }

  /** The number behind a name in one of its files; where that has no names, its only number. */
  async read(file: string, name?: string): Promise<number> {
    const text = await readFile(join(this.#folder, file), 'utf8');
    return Number(name === undefined ? text : new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  /** Puts a process in, and those that it has started; those that it starts from then on are born there. */
  async add(pid: number): Promise<void> {
    await writeFile(join(this.#folder, 'cgroup.procs'), String(pid)).catch((error: unknown) => {
      // It has ended meanwhile.
      if (existsSync(`/proc/${pid}`)) throw error;
    });
    for (const child of await childrenOf(pid)) await this.add(child);
  }

  /** Removes the group once its processes have ended. */
  async remove(): Promise<void> {
    const deadline = performance.now() + MAX_EMPTYING;
    for (;;) {
      try {
        return await rmdir(this.#folder);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

/** The processes that this one has started and that still run. */
export async function childrenOf(pid: number): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    ids.map(async (id) => {
      const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '');
      // The command in brackets is field 2 and may hold blanks; the parent is field 4.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    }),
  );
  return ids.filter((_, index) => parents[index] === String(pid)).map(Number);
}
