import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';

// The development loop: "npm run dev [-- serve | api | worker]". Compiles src/ whenever a file changes, and starts the server
// again when what it runs has changed. Data stay where DATA_DIRECTORY says. Ctrl-C ends both.

/** A build writes its files one after the other: the server waits until so long nothing was written. */
const QUIET_MILLISECONDS = 300;

copyPython();
const compiler = spawn('tsc', ['-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'], { stdio: 'inherit' });
let server = startServer();
let timer: NodeJS.Timeout | undefined;
let restarting = Promise.resolve();

function startServer(): ChildProcess {
  return spawn(process.execPath, ['dist/main.js', ...process.argv.slice(2)], { stdio: 'inherit' });
}

/** The compiler leaves the Python programs alone. */
function copyPython(): void {
  spawnSync(process.execPath, ['scripts/copy-python.js'], { stdio: 'inherit' });
}

async function restart(): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  server = startServer();
}

watch('src', { recursive: true }, (_event, file) => {
  if (file?.endsWith('.py') === true) copyPython();
});

watch('dist', { recursive: true }, (_event, file) => {
  if (file === null || !/\.(js|py)$/.test(file) || file.startsWith('bundled')) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    restarting = restarting.then(restart);
  }, QUIET_MILLISECONDS);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clearTimeout(timer);
    compiler.kill(signal);
    server.kill(signal);
    server.once('exit', () => process.exit());
  });
}
