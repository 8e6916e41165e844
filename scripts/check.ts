import { spawn } from 'node:child_process';

// The gate before every commit: "npm run check". Each step prints one line; the first that fails prints what it said, and
// is the last. The commands are found because npm puts node_modules/.bin, with the right Node.js, first on the PATH.

interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

const STEPS: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of thread code', command: ['tsc', '-p', 'tsconfig.threads.json'] },
  // Without the types of Node.js: what src/runtime uses, a browser must have too.
  { name: 'types of the runtime', command: ['tsc', '-p', 'tests/repo/tsconfig.runtime.json'] },
  { name: 'types of the client', command: ['tsc', '-p', 'src/client/tsconfig.json'] },
  { name: 'types of the console', command: ['tsc', '-p', 'src/console/tsconfig.json'] },
  { name: 'types of the tests of the client', command: ['tsc', '-p', 'tests/client/tsconfig.json'] },
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'lint by types', command: ['oxlint', '--type-aware'] },
  { name: 'dead code', command: ['knip', '--treat-config-hints-as-errors'] },
  // What src/runtime offers other programs is named as such in knip.production.json.
  {
    name: 'code that only tests reach',
    command: ['knip', '--production', '-c', 'knip.production.json', '--include', 'files'],
  },
  { name: 'lockfile', command: ['npm', 'ci', '--dry-run'] },
  // A generated file that is missing fails instead of being written; the files share their imports, which take longest.
  { name: 'rules of the repository', command: ['vitest', 'run', 'tests/repo', '--update=none', '--no-isolate'] },
];

interface Outcome {
  readonly passed: boolean;
  readonly output: string;
}

function run([program, ...args]: Step['command']): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ passed: false, output: error.message }));
    child.once('close', (code) => resolve({ passed: code === 0, output }));
  });
}

/** How many steps passed; stops at the first that fails. */
async function check(): Promise<number> {
  for (const [index, { name, command }] of STEPS.entries()) {
    const startedAt = performance.now();
    const { passed, output } = await run(command);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(28)} ${seconds.padStart(5)} s`);
    if (passed) continue;
    console.log(`\n$ ${command.join(' ')}\n${output.trimEnd()}\n`);
    return index;
  }
  return STEPS.length;
}

const passed = await check();
const failed = passed === STEPS.length ? 0 : 1;
console.log(`check: ${passed} passed, ${failed} failed`);
process.exitCode = failed;
