import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A memory limit and its current usage, in bytes. */
export interface MemoryHeadroom {
  readonly limitBytes: number;
  /** Used by all processes that share the limit, without the reclaimable page cache. */
  readonly usedBytes: number;
}

/** The folders of the kernel's limits; tests use their own. */
export interface KernelFolders {
  readonly cgroups: string;
  readonly proc: string;
}

const KERNEL: KernelFolders = { cgroups: '/sys/fs/cgroup', proc: '/proc' };

/** Version 1 has no value for "no limit": it reports its largest number, in whole pages. */
const UNLIMITED_V1 = 2 ** 60;

/** The files of a control group, in one version of the interface. */
interface GroupFiles {
  readonly limit: string;
  readonly usage: string;
  /** Names in `memory.stat`, including child groups. */
  readonly files: readonly string[];
}

const V1: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  files: ['total_active_file', 'total_inactive_file'],
};
const V2: GroupFiles = { limit: 'memory.max', usage: 'memory.current', files: ['active_file', 'inactive_file'] };

/**
 * The memory left to this process: within its control group, any parent group, or the machine, whichever leaves least. All
 * processes of a container count: the API, its worker and the database. Null on systems other than Linux.
 */
export function readMemoryHeadroom(folders: KernelFolders = KERNEL): MemoryHeadroom | null {
  const all = [...groupHeadrooms(folders), ...machineHeadroom(folders)];
  return all.reduce<MemoryHeadroom | null>(
    (smallest, each) => (smallest && left(smallest) <= left(each) ? smallest : each),
    null,
  );
}

function left({ limitBytes, usedBytes }: MemoryHeadroom): number {
  return limitBytes - usedBytes;
}

function groupHeadrooms(folders: KernelFolders): MemoryHeadroom[] {
  const lines = read(join(folders.proc, 'self/cgroup'))?.split('\n') ?? [];
  return lines.flatMap((line) => {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === '' && line !== '') return headroomsUpTo(folders.cgroups, path, V2);
    return controllers.split(',').includes('memory') ? headroomsUpTo(join(folders.cgroups, 'memory'), path, V1) : [];
  });
}

/**
 * The headroom of the group at the path and all of its parents. In a container the path may be that of the host: then of the
 * root group.
 */
function headroomsUpTo(root: string, path: string, files: GroupFiles): MemoryHeadroom[] {
  const found: MemoryHeadroom[] = [];
  for (let folder = join(root, path); folder.startsWith(root); folder = dirname(folder)) {
    const headroom = groupHeadroom(folder, files);
    if (headroom !== null) found.push(headroom);
  }
  return found;
}

function groupHeadroom(folder: string, { limit, usage, files }: GroupFiles): MemoryHeadroom | null {
  // "max" is not a number.
  const limitBytes = Number(read(join(folder, limit)) ?? Number.NaN);
  const usageBytes = Number(read(join(folder, usage)) ?? Number.NaN);
  if (!(limitBytes < UNLIMITED_V1 && usageBytes >= 0)) return null;
  const stat = read(join(folder, 'memory.stat')) ?? '';
  const fileBytes = files.reduce((sum, name) => sum + numberIn(stat, name, ' '), 0);
  return { limitBytes, usedBytes: Math.max(0, usageBytes - fileBytes) };
}

function machineHeadroom({ proc }: KernelFolders): MemoryHeadroom[] {
  const meminfo = read(join(proc, 'meminfo')) ?? '';
  const limitBytes = numberIn(meminfo, 'MemTotal', ':') * 1024;
  return limitBytes === 0
    ? []
    : [{ limitBytes, usedBytes: limitBytes - numberIn(meminfo, 'MemAvailable', ':') * 1024 }];
}

/** The number after a name at the start of a line; 0 if it is missing. */
function numberIn(text: string, name: string, separator: string): number {
  return Number(new RegExp(`^${name}${separator}\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** The kernel generates these files on the fly, so reading them waits for no disk. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
