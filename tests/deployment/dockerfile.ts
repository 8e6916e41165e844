import { execFile } from 'node:child_process';
import { chown, cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An instruction with its flags (`--from=build`) and its arguments, which may be written as JSON. */
export interface Instruction {
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** The arguments as they stand. */
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile, as far as this one goes: build arguments in the names of base images, and no shell forms but of RUN. */
export function parseDockerfile(source: string): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  const buildArguments = new Map<string, string>();
  const lines = source
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const instruction = parseInstruction(line);
    const { name, args } = instruction;
    const [key = '', value = ''] = args[0]?.split('=') ?? [];
    if (name === 'ARG') buildArguments.set(key, value);
    else if (name === 'FROM') {
      const base = args[0]?.replace(/\$\{(\w+)\}/g, (_, argument: string) => buildArguments.get(argument) ?? '') ?? '';
      stages.push({ base, name: args[2] ?? `stage ${stages.length}`, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
  const flags: Record<string, string> = {};
  const text = rest.replace(/^(?:--[\w-]+=\S+\s+)*/, (found) => {
    for (const [, key = '', value = ''] of found.matchAll(/--([\w-]+)=(\S+)/g)) flags[key] = value;
    return '';
  });
  const [, json] = /(?:^|CMD\s+)(\[.*\])$/.exec(text) ?? [];
  const args = json === undefined ? text.trim().split(/\s+/) : (JSON.parse(json) as string[]);
  return { name, flags, args, text };
}

/** What an image is, once its last stage has been made in a folder. */
export interface MadeImage {
  /** The folder that stands for the root of its files. */
  readonly root: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The command that starts it, without the arguments of CMD. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly user: number;
}

/** Does what a Dockerfile says, each stage in a folder below `folder`, without the files of its base image. */
export async function makeImage(context: string, folder: string): Promise<MadeImage> {
  const stages = parseDockerfile(await readFile(join(context, 'Dockerfile'), 'utf8'));
  let made: MadeImage | null = null;
  for (const stage of stages) made = await makeStage(stage, context, folder);
  if (made === null) throw new Error('The Dockerfile has no stage.');
  return made;
}

async function makeStage({ name, instructions }: Stage, context: string, folder: string): Promise<MadeImage> {
  const root = join(folder, name);
  const environment: Record<string, string> = {};
  const made = { entrypoint: [] as string[], command: [] as string[], healthCheck: [] as string[], user: 0 };
  let workingDirectory = root;
  for (const { name: kind, flags, args, text } of instructions) {
    if (kind === 'WORKDIR') {
      workingDirectory = join(root, args[0] ?? '');
      await mkdir(workingDirectory, { recursive: true });
    } else if (kind === 'ENV') {
      for (const [key = '', value = ''] of args.map((pair) => pair.split('='))) environment[key] = value;
    } else if (kind === 'COPY') {
      const to = args.at(-1) ?? '';
      const target = to.startsWith('/') ? join(root, to) : join(workingDirectory, to);
      const from = flags['from'];
      if (from === undefined) await copyContext(context, target);
      else for (const path of args.slice(0, -1)) await copy(join(folder, from, path), target, to.endsWith('/'));
      if (flags['chown'] !== undefined) await giveTo(target, flags['chown']);
    } else if (kind === 'RUN') await runShell(text, workingDirectory, environment);
    else if (kind === 'USER') made.user = Number(text.split(':')[0]);
    else if (kind === 'ENTRYPOINT') made.entrypoint = [...args];
    else if (kind === 'CMD') made.command = [...args];
    else if (kind === 'HEALTHCHECK') made.healthCheck = [...args];
    else if (kind !== 'EXPOSE' && kind !== 'VOLUME') throw new Error(`${kind} is not known here.`);
  }
  return { ...made, root, workingDirectory, environment };
}

/** Copies what .dockerignore, which leaves out everything and then names what stays, lets through. */
async function copyContext(context: string, target: string): Promise<void> {
  const lines = (await readFile(join(context, '.dockerignore'), 'utf8')).split('\n');
  const [first, ...others] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*') throw new Error('.dockerignore has to leave out everything first.');
  for (const line of others) {
    const [, path] = /^!([\w./-]+?)\/?$/.exec(line) ?? [];
    if (path === undefined) throw new Error(`The line ${line} of .dockerignore is not known here.`);
    await cp(join(context, path), join(target, path), { recursive: true });
  }
}

async function copy(from: string, target: string, isIntoFolder: boolean): Promise<void> {
  const path = isIntoFolder ? join(target, basename(from)) : target;
  await mkdir(dirname(path), { recursive: true });
  await cp(from, path, { recursive: true, verbatimSymlinks: true });
}

async function giveTo(path: string, owner: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const [user, group] = owner.split(':').map(Number);
  for (const name of ['', ...(await readdir(path))]) await chown(join(path, name), user ?? 0, group ?? 0);
}

async function runShell(command: string, cwd: string, environment: Record<string, string>): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const quiet = { npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
  const env = { ...environment, ...quiet, HOME, PATH: `${dirname(process.execPath)}:${PATH}` };
  await run('/bin/sh', ['-c', command], { cwd, env, maxBuffer: 64 * 1024 * 1024 });
}
