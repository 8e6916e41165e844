import { readFile } from 'node:fs/promises';
import { KernelGroup } from '../../tests/support/kernel-group.ts';

/** The kernel hands out CPU time anew so often, in microseconds: its default, and that of containers. */
const PERIOD = 100_000;

/** Processes that have so many cores at the most, all together, as the kernel sees to it. Linux, as root. */
export class CpuQuota {
  readonly #group: KernelGroup;

  private constructor(group: KernelGroup) {
    this.#group = group;
  }

  /** Makes a group; `cores` may be a part of one. */
  static async make(name: string, cores: number): Promise<CpuQuota> {
    const group = await KernelGroup.make('cpu', name);
    const quota = String(Math.round(cores * PERIOD));
    await group.set({ v1: 'cpu.cfs_quota_us', v2: 'cpu.max' }, { v1: quota, v2: `${quota} ${PERIOD}` });
    return new CpuQuota(group);
  }

  /** Puts a process in, with those that it has started and will start. */
  add(pid: number): Promise<void> {
    return this.#group.add(pid);
  }

  /** In what share of the periods the processes had to wait for the next one. */
  async throttledShare(): Promise<number> {
    const [throttled, periods] = [
      await this.#group.read('cpu.stat', 'nr_throttled'),
      await this.#group.read('cpu.stat', 'nr_periods'),
    ];
    return throttled / periods;
  }

  /** Removes the group once its processes have ended. */
  remove(): Promise<void> {
    return this.#group.remove();
  }
}

/** What a process has resident of its own, in MB: its heap and its stacks, not the files that it shares. */
export async function anonymousMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}
