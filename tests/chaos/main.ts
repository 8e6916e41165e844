/**
 * The chaos rig: real processes on a real PostgreSQL, with kills, freezes, cuts and restarts at seeded moments, and what
 * must hold in the end whatever had happened.
 *
 *   npm run chaos:quick                     a few of everything, part of .ci/run
 *   npm run chaos:full                      the numbers of benchmarks/chaos-full.txt
 *   node tests/chaos/main.ts [--full [--share 0.1]] [--seed N] [--only NAME,NAME]
 *
 * A seed draws the same moments again; what happens in them is up to the machine.
 */
import { parseArgs } from 'node:util';
import { buildDist } from '../support/build-dist.ts';
import { Report } from './report.ts';
import { openRig, type Rig } from './rig.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { messageOf } from './until.ts';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Math.trunc(Math.random() * 1e9)) },
    only: { type: 'string', default: '' },
    share: { type: 'string', default: '1' },
  },
});

async function runScenario(rig: Rig, scenario: Scenario): Promise<boolean> {
  const report = new Report();
  const startedAt = performance.now();
  await scenario.run(rig, report).catch((error: unknown) => report.fault(messageOf(error)));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const passed = report.faults.length === 0;
  console.log(
    `${passed ? 'passed' : 'FAILED'}  ${scenario.name.padEnd(16)} ${seconds.padStart(6)} s  ${scenario.title}`,
  );
  for (const line of report.lines) console.log(`        ${line}`);
  for (const fault of report.faults) console.log(`        FAULT ${fault}`);
  return passed;
}

const seed = Number(values.seed);
/** Of the numbers of the full rig. */
const share = Number(values.share);
const names = values.only.split(',').filter((name) => name !== '');
const chosen = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
if (!Number.isSafeInteger(seed) || chosen.length === 0 || !(share > 0 && share <= 1)) {
  console.error(`--seed takes a whole number, --only some of ${SCENARIOS.map(({ name }) => name).join(',')}`);
  process.exit(2);
}
// Whatever ends this process, the rig's guard ends the others.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const size = values.full ? (share === 1 ? 'full' : `${share} of full`) : 'quick';
console.log(`chaos: seed ${seed}, ${size}, node ${process.version}`);
await buildDist();
const rig = await openRig({ seed, full: values.full, share });
let passed = 0;
try {
  for (const scenario of chosen) if (await runScenario(rig, scenario)) passed += 1;
} finally {
  await rig.close();
}
const failed = chosen.length - passed;
if (failed > 0) console.log(`chaos: repeat with --seed ${seed}${values.full ? ' --full' : ''}`);
console.log(`chaos: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
