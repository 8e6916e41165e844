/**
 * Claim: no request of the public API makes `/healthz` wait 200 ms meanwhile, and none is answered with more than 10 MB.
 *
 *   npm run build
 *   npm exec -- node benchmarks/hostile-requests.ts [--only PATTERN]
 *
 * A server as `npm start` starts it, in processes of its own. Each hostile request of benchmarks/hostile is sent while
 * `/healthz` is asked for every 5 ms, whether or not the last answer has come. Before it, nothing is sent for a second: how
 * long `/healthz` waits then is what the machine and whatever else runs on it cost. A wait that is too long is measured again,
 * up to three times: what the request causes it causes each time. Beside the waits stands the processor time that the server's
 * process took meanwhile: a wait that is longer than that has other causes, such as a machine that others use. `--only`: those whose names match.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { HOSTILE_REQUESTS } from './hostile/all-requests.ts';
import type { HostileOutcome, HostileRequest, HostileTarget } from './hostile/hostile-request.ts';
import { Client } from './support/client.ts';
import { HealthProbe } from './support/health-probe.ts';
import { type BenchmarkServer, startServer } from './support/server.ts';

const MAX_WAIT_MILLISECONDS = 200;
const MAX_RESPONSE_BYTES = 10_000_000;
const MAX_ROUNDS = 3;

/** Everything has been compiled that is used often, and the worker process is up. */
const WARM_UP_MILLISECONDS = 5_000;
const IDLE_MILLISECONDS = 1_000;

interface Measured extends HostileOutcome {
  readonly name: string;
  readonly idleWait: number;
  readonly longestWait: number;
  readonly cpu: number;
  readonly round: number;
}

async function targetOf({ url }: BenchmarkServer): Promise<HostileTarget> {
  const { hostname, port } = new URL(url);
  const { client, token } = await Client.signUpWithToken(url);
  return { url, address: { host: hostname, port: Number(port) }, token, client };
}

async function measure(
  hostile: HostileRequest,
  server: BenchmarkServer,
  target: HostileTarget,
  probe: HealthProbe,
  round = 1,
): Promise<Measured> {
  await hostile.prepare?.(target);
  const idleWait = await probe.longestWaitDuring(() => sleep(IDLE_MILLISECONDS));
  let outcome: HostileOutcome = { answer: '', bytes: 0 };
  const cpuBefore = await server.cpuMilliseconds();
  const longestWait = await probe.longestWaitDuring(async () => {
    outcome = await hostile.send(target).catch((error: unknown) => ({ answer: String(error), bytes: 0 }));
  });
  const cpu = (await server.cpuMilliseconds()) - cpuBefore;
  const measured = { name: hostile.name, ...outcome, idleWait, longestWait, cpu, round };
  if (isShort(measured) || round === MAX_ROUNDS) return measured;
  console.log(lineOf(measured));
  return await measure(hostile, server, target, probe, round + 1);
}

/** Whether the request made others wait for less than may be: no longer than it took the server to work on it. */
function isShort({ longestWait, cpu }: Measured): boolean {
  return Math.min(longestWait, cpu) < MAX_WAIT_MILLISECONDS;
}

function isWithinBounds(measured: Measured): boolean {
  return isShort(measured) && measured.bytes <= MAX_RESPONSE_BYTES;
}

function lineOf(measured: Measured): string {
  const { name, answer, bytes, idleWait, longestWait, cpu, round } = measured;
  const [longest, ofServer, idle] = [longestWait, cpu, idleWait].map((wait) => `${wait.toFixed(0)} ms`.padStart(8));
  const again = isShort(measured) || round === MAX_ROUNDS ? '' : ', measured again';
  const verdict = isWithinBounds(measured) ? '' : `  TOO MUCH${again}`;
  return `${name.padEnd(72)} ${answer.padEnd(34)} ${bytes.toLocaleString('en-US').padStart(11)} ${longest} ${ofServer} ${idle}${verdict}`;
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const server = await startServer();
try {
  console.log(`node ${process.version}, ${availableParallelism()} cores\n`);
  console.log(
    `${'request'.padEnd(72)} ${'answer'.padEnd(34)} ${'bytes'.padStart(11)} ${'longest'.padStart(8)} ${'CPU'.padStart(8)} ${'idle'.padStart(8)}`,
  );
  const target = await targetOf(server);
  const probe = await HealthProbe.start(target.url);
  await probe.longestWaitDuring(() => sleep(WARM_UP_MILLISECONDS));
  const all: Measured[] = [];
  for (const hostile of HOSTILE_REQUESTS.filter(({ name }) => new RegExp(values.only).test(name))) {
    const measured = await measure(hostile, server, target, probe);
    console.log(lineOf(measured));
    all.push(measured);
  }
  await probe.stop();
  const isPassed = all.every(isWithinBounds);
  console.log(
    `\nevery wait below ${MAX_WAIT_MILLISECONDS} ms, every answer within 10 MB: ${isPassed ? 'yes' : 'NO'}; longest wait of an idle server: ${Math.max(...all.map(({ idleWait }) => idleWait)).toFixed(0)} ms`,
  );
  if (!isPassed) process.exitCode = 1;
} finally {
  await server.stop();
}
