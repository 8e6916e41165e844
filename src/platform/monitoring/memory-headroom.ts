import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Memory that a limit leaves, in bytes. */
export interface MemoryHeadroom {
  readonly limitBytes: number;
  /** By all who share the limit, without what the kernel gives up when it is needed: files that it keeps in memory. */
  readonly usedBytes: number;
}

/** Where the kernel tells of its limits; tests have folders of their own. */
export interface KernelFolders {
  readonly cgroups: string;
  readonly proc: string;
}

const KERNEL: KernelFolders = { cgroups: '/sys/fs/cgroup', proc: '/proc' };

/** Version 1 has no word for "no limit": its largest number, of whole pages. */
const UNLIMITED_V1 = 2 ** 60;

/** The files of a group in one version of the interface. */
interface GroupFiles {
  readonly limit: string;
  readonly usage: string;
  /** In `memory.stat`, of this group and those below it. */
  readonly files: readonly string[];
}

const V1: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  files: ['total_active_file', 'total_inactive_file'],
};
const V2: GroupFiles = { limit: 'memory.max', usage: 'memory.current', files: ['active_file', 'inactive_file'] };

/**
 * How much memory is left to this process: of the group of the kernel that it is in, of each group around that, or of the
 * machine, whichever leaves least. All that share a container count: the API, its worker and the database beside it. Linux
 * only; elsewhere null.
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

/** Of the group at the path and all above it. In a container the path may be that of the machine outside: then of the root. */
function headroomsUpTo(root: string, path: string, files: GroupFiles): MemoryHeadroom[] {
  const found: MemoryHeadroom[] = [];
  for (let folder = join(root, path); folder.startsWith(root); folder = dirname(folder)) {
    const headroom = groupHeadroom(folder, files);
    if (headroom !== null) found.push(headroom);
  }
  return found;
}

function groupHeadroom(folder: string, { limit, usage, files }: GroupFiles): MemoryHeadroom | null {
  // "max" is no number.
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

/** The number behind a name at the beginning of a line; 0 where it is not there. */
function numberIn(text: string, name: string, separator: string): number {
  return Number(new RegExp(`^${name}${separator}\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** The kernel makes these texts as they are read: that waits for no disk. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
