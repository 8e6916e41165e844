import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the kernel's groups are: of version 1, in which each resource has its own tree, or of version 2. */
const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** The kernel hands out CPU time anew so often, in microseconds: its default, and that of containers. */
const PERIOD = 100_000;

const PREFIX = 'trainyard-benchmark-';

/** After so long a group whose processes were killed is empty. */
const REMOVE_MILLISECONDS = 10_000;

/** Processes that have so many cores at the most, all together, as the kernel sees to it. Linux, as root. */
export class CpuQuota {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a group; `cores` may be a part of one. */
  static async make(name: string, cores: number): Promise<CpuQuota> {
    const isV1 = existsSync(join(V1, 'cpu.cfs_quota_us'));
    const folder = join(isV1 ? V1 : V2, `${PREFIX}${process.pid}-${name}`);
    // What it takes, if not the rights: in version 2 the tree's root has to hand the controller down.
    if (!isV1) await writeFile(join(V2, 'cgroup.subtree_control'), '+cpu');
    await mkdir(folder);
    const quota = Math.round(cores * PERIOD);
    if (isV1) {
      await writeFile(join(folder, 'cpu.cfs_period_us'), String(PERIOD));
      await writeFile(join(folder, 'cpu.cfs_quota_us'), String(quota));
    } else await writeFile(join(folder, 'cpu.max'), `${quota} ${PERIOD}`);
    return new CpuQuota(folder);
  }

  /** Puts a process in, and those that it has started; those that it starts from then on are born there. */
  async add(pid: number): Promise<void> {
    await this.#addOne(pid);
    for (const child of await childrenOf(pid)) await this.add(child);
  }

  /** In what share of the periods the processes had to wait for the next one. */
  async throttledShare(): Promise<number> {
    const stat = await readFile(join(this.#folder, 'cpu.stat'), 'utf8');
    const read = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? Number.NaN);
    return read('nr_throttled') / read('nr_periods');
  }

  /** Removes the group once its processes have ended. */
  async remove(): Promise<void> {
    const deadline = performance.now() + REMOVE_MILLISECONDS;
    for (;;) {
      try {
        return await rmdir(this.#folder);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #addOne(pid: number): Promise<void> {
    await writeFile(join(this.#folder, 'cgroup.procs'), String(pid)).catch((error: unknown) => {
      // It has ended meanwhile.
      if (existsSync(`/proc/${pid}`)) throw error;
    });
  }
}

/** Why there can be no quotas here; null where there can. */
export function quotasUnavailable(): string | null {
  if (process.platform !== 'linux') return 'CPU quotas need Linux.';
  if (process.getuid?.() !== 0) return 'CPU quotas need root.';
  const isThere = existsSync(join(V1, 'cpu.cfs_quota_us')) || existsSync(join(V2, 'cgroup.controllers'));
  return isThere ? null : 'There is no /sys/fs/cgroup to set CPU quotas in.';
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

/** What a process has resident of its own, in MB: its heap and its stacks, not the files that it shares. */
export async function anonymousMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}
