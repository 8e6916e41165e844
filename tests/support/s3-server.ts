import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { type S3Account, type S3Keys, s3Account } from './s3-account.ts';

const run = promisify(execFile);

/** Where the server's programs are kept between the runs of tests: 260 MB, unpacked from packages of Debian. */
const PROGRAMS = join(tmpdir(), 'trainyard-s3-server');

const PACKAGES = ['radosgw', 'ceph-mon', 'ceph-osd'];

const LIBRARIES = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/** Whatever hangs is ended by this. */
const MAX_TRIES = 600;

/** A real object store, a Ceph Object Gateway on this machine with one disk, that is gone when it is closed. */
export interface S3Server extends S3Account {
  /** Makes a further user, with these keys or with new ones, who may do nothing with the buckets of others. */
  createUser(keys?: S3Keys): Promise<S3Keys>;
  /** Runs a command of the store's administration. */
  administer(...args: readonly string[]): Promise<string>;
  /** Ends the gateway by SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Stops the gateway where it is: it takes connections and says nothing. */
  freeze(): void;
  /** Starts the gateway again, or lets it go on. */
  revive(): Promise<void>;
}

/** Starts it; null, and a line that says so, where its programs cannot be had: they are packages of Debian and its like. */
export async function startS3Server(): Promise<S3Server | null> {
  try {
    await install();
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    console.warn(`Skipped: no S3 server can be had here; it needs apt-get and the packages of Ceph (${reason}).`);
    return null;
  }
  return await new CephServer(await mkdtemp(join(tmpdir(), 'trainyard-s3-'))).start();
}

/** Downloads the packages and unpacks them into the folder; as any user, and without a change of the system. */
async function install(): Promise<void> {
  if (await exists(PROGRAMS)) return;
  const draft = await mkdtemp(`${PROGRAMS}-`);
  try {
    const debs = join(draft, 'debs');
    await mkdir(debs);
    await updateLists();
    const names = await listPackages();
    await run('apt-get', ['download', ...names], { cwd: debs });
    for (const deb of await readdir(debs)) await run('dpkg', ['-x', join(debs, deb), draft]);
    await rm(debs, { recursive: true });
    // Another test may have done the same meanwhile.
    await rename(draft, PROGRAMS).catch(async (error: unknown) => {
      if (!(await exists(PROGRAMS))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Fetches the lists of packages where they are missing; of several tests that find that out at once, one does it. */
async function updateLists(): Promise<void> {
  const update = `apt-cache show ${PACKAGES.join(' ')} > /dev/null 2>&1 || apt-get update`;
  await run('flock', [`${PROGRAMS}.lock`, 'sh', '-c', update]);
}

/** The packages that this machine lacks. */
async function listPackages(): Promise<string[]> {
  const { stdout } = await run('apt-get', ['install', '-s', '--no-install-recommends', ...PACKAGES]);
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

class CephServer {
  readonly #folder: string;
  readonly #keys = { accessKeyId: 'trainyard', secretAccessKey: randomUUID() };
  readonly #environment: NodeJS.ProcessEnv;
  readonly #daemons = new Set<ChildProcess>();
  #gateway: ChildProcess | null = null;
  #isFrozen = false;
  #endpoint = '';

  constructor(folder: string) {
    this.#folder = folder;
    const libraries = join(PROGRAMS, LIBRARIES);
    this.#environment = {
      PATH: `${join(PROGRAMS, 'usr/bin')}:${process.env['PATH'] ?? ''}`,
      LD_LIBRARY_PATH: [libraries, join(libraries, 'ceph'), join(PROGRAMS, LIBRARIES.slice(4))].join(':'),
      PYTHONPATH: join(PROGRAMS, 'usr/lib/python3/dist-packages'),
      CEPH_CONF: join(folder, 'ceph.conf'),
    };
  }

  async start(): Promise<S3Server> {
    try {
      const [port, monitorPort] = [await freePort(), await freePort()];
      this.#endpoint = `http://127.0.0.1:${port}`;
      for (const name of ['monitor', 'disk', 'gateway', 'run', 'log']) await mkdir(join(this.#folder, name));
      const clusterId = randomUUID();
      await writeFile(join(this.#folder, 'ceph.conf'), this.#configuration(clusterId, port, monitorPort));
      await this.#startMonitor(clusterId, monitorPort);
      await this.#startDisk();
      await this.#createUser('trainyard', this.#keys);
      await this.#startGateway();
    } catch (error) {
      await this.#close();
      throw error;
    }
    return this.#asServer();
  }

  #asServer(): S3Server {
    const account = s3Account(this.#endpoint, this.#keys);
    return {
      ...account,
      createUser: async (keys = newKeys()) => {
        await this.#createUser(keys.accessKeyId, keys);
        return keys;
      },
      administer: (...args) => this.#run('radosgw-admin', ...args),
      kill: () => this.#endGateway(),
      freeze: () => {
        this.#isFrozen = true;
        this.#gateway?.kill('SIGSTOP');
      },
      revive: async () => {
        if (this.#isFrozen) this.#gateway?.kill('SIGCONT');
        else await this.#startGateway();
        this.#isFrozen = false;
      },
      close: async () => {
        await account.close();
        await this.#close();
      },
    };
  }

  async #startMonitor(clusterId: string, port: number): Promise<void> {
    const map = join(this.#folder, 'monitor-map');
    await this.#run('monmaptool', '--create', '--fsid', clusterId, '--addv', 'a', `[v1:127.0.0.1:${port}]`, map);
    await this.#run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--mon-data', join(this.#folder, 'monitor'));
    this.#spawn('ceph-mon', '-f', '-i', 'a');
    await this.#until(() => this.#run('ceph', '--connect-timeout', '5', 'osd', 'stat'));
  }

  async #startDisk(): Promise<void> {
    const id = randomUUID();
    await this.#until(() => this.#run('ceph', '--connect-timeout', '5', 'osd', 'new', id));
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', id);
    let disk: ChildProcess | null = null;
    await this.#until(async () => {
      // Who connects to the monitor in its first moments gets no rights, and ends.
      if (disk === null || hasEnded(disk)) disk = this.#spawn('ceph-osd', '-f', '-i', '0');
      const state = await this.#run('ceph', '--connect-timeout', '5', 'osd', 'stat');
      if (!/\b1 up\b/.test(state)) throw new Error(`The disk of the S3 server is not up: ${state}`);
    });
  }

  async #startGateway(): Promise<void> {
    await this.#until(async () => {
      if (this.#gateway === null || hasEnded(this.#gateway)) {
        this.#gateway = this.#spawn('radosgw', '-f', '-n', 'client.rgw', '--keyring=/dev/null');
      }
      await fetch(this.#endpoint, { signal: AbortSignal.timeout(2_000) });
    });
  }

  async #endGateway(): Promise<void> {
    const gateway = this.#gateway;
    this.#gateway = null;
    if (gateway !== null) await end(gateway);
  }

  async #createUser(id: string, { accessKeyId, secretAccessKey }: S3Keys): Promise<void> {
    const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
    await this.#run('radosgw-admin', 'user', 'create', `--uid=${id}`, `--display-name=${id}`, ...keys);
  }

  async #close(): Promise<void> {
    this.#gateway = null;
    await Promise.all([...this.#daemons].map(end));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #run(program: string, ...args: readonly string[]): Promise<string> {
    return (await run(program, args, { env: this.#environment, timeout: 30_000 })).stdout;
  }

  /** Starts a program that ends with this process, however that ends. */
  #spawn(program: string, ...args: readonly string[]): ChildProcess {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      env: this.#environment,
      stdio: 'ignore',
    });
    this.#daemons.add(child);
    child.once('exit', () => this.#daemons.delete(child));
    return child;
  }

  /** Repeats a step while the parts of the server find each other. */
  async #until(step: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await step();
        return;
      } catch (error) {
        if (tries === MAX_TRIES) throw error;
        await delay(100);
      }
    }
  }

  /** One of everything, in as little memory and with as few rounds as there can be. */
  #configuration(clusterId: string, port: number, monitorPort: number): string {
    const libraries = join(PROGRAMS, LIBRARIES);
    return `[global]
fsid = ${clusterId}
mon host = v1:127.0.0.1:${monitorPort}
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = ${this.#folder}/run
admin socket = ${this.#folder}/run/$name.asok
log file = ${this.#folder}/log/$name.log
pid file = ${this.#folder}/run/$name.pid
plugin dir = ${libraries}/ceph
erasure code dir = ${libraries}/ceph/erasure-code
osd class dir = ${libraries}/rados-classes
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.01
mon tick interval = 1
[mon.a]
host = localhost
mon data = ${this.#folder}/monitor
[osd]
osd data = ${this.#folder}/disk
osd memory target = 939524096
bluestore block size = 8589934592
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw data = ${this.#folder}/gateway
`;
  }
}

function newKeys(): S3Keys {
  return { accessKeyId: `user-${randomUUID().slice(0, 8)}`, secretAccessKey: randomUUID() };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
