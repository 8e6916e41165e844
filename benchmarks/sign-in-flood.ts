/**
 * Measures how much slower the queries of signed-in users are (p95) during a flood of sign-ins with wrong passwords. Claim: the flood
 * keeps nobody out who signs in on a device that is known.
 *
 *   npx tsc -p tsconfig.build.json && node scripts/bundle-dependencies.js
 *   node benchmarks/sign-in-flood.ts [--rounds 6] [--seconds 5]
 *
 * A server as `npm start` starts it. Eight users ask for their datasets ten times a second together, whether or not the last answer
 * has come; each latency counts from the time at which the request was due. Quiet rounds and rounds with the flood alternate, so that
 * what else the machine does falls into both. The flood: 60 clients, each of whom tries the next password of one of 20 accounts as
 * soon as the last one was refused. In each round of it, a browser that has signed in before signs in once a second.
 */

import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from './support/client.ts';
import { quantile } from './support/quantile.ts';
import { startServer } from './support/server.ts';

const USERS = 8;
const INTERVAL_MILLISECONDS = 100;
const FLOODERS = 60;
const ACCOUNTS = 20;
const QUERY = '{ datasets { totalCount nodes { id name } } viewer { user { email } workspace { id } } }';
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';

/** No limit by address: all of the flood comes from one, and would be refused after some seconds. */
const SETTINGS = {
  MAX_SIGN_INS_PER_ADDRESS: '1000000',
  MAX_SIGN_UPS_PER_ADDRESS: '1000000',
  MAX_OPERATIONS_PER_ADDRESS: '1000000',
  MAX_OPERATIONS_PER_ACCOUNT: '1000000',
};

interface Round {
  readonly queries: number[];
  readonly signIns: number[];
  readonly refused: number;
  readonly attempts: number;
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '6' }, seconds: { type: 'string', default: '5' } },
});
Object.assign(process.env, SETTINGS);
const server = await startServer();
try {
  await measure(Number(values.rounds), Number(values.seconds) * 1_000);
} finally {
  await server.stop();
}

async function measure(rounds: number, milliseconds: number): Promise<void> {
  console.log(`node ${process.version}, ${availableParallelism()} cores, shared with those who ask`);
  const users = await Promise.all(Array.from({ length: USERS }, () => Client.signUp(server.url)));
  const emails = await Promise.all(
    Array.from({ length: ACCOUNTS }, () => signUpByBrowser().then(({ email }) => email)),
  );
  const known = await signUpByBrowser();
  await roundOf(users, 3_000);
  const [quiet, flooded]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    quiet.push(await roundOf(users, milliseconds));
    flooded.push(await roundOf(users, milliseconds, { emails, known }));
    print(`round ${round + 1}, quiet`, quiet.slice(-1));
    print(`round ${round + 1}, flood`, flooded.slice(-1));
  }
  print('all, quiet', quiet);
  print('all, flood', flooded);
  const p95 = (all: Round[]) =>
    quantile(
      all.flatMap(({ queries }) => queries),
      0.95,
    );
  const ratio = p95(flooded) / p95(quiet);
  const signIns = flooded.flatMap((round) => round.signIns);
  console.log(`p95 with the flood: ${ratio.toFixed(2)} times that without`);
  console.log(
    `known browser: ${signIns.length} sign-ins, none refused, p50 ${quantile(signIns, 0.5).toFixed(0)} ms, max ${quantile(signIns, 1).toFixed(0)} ms`,
  );
}

interface Flood {
  readonly emails: readonly string[];
  readonly known: { readonly email: string; readonly password: string; readonly cookie: string };
}

async function roundOf(users: readonly Client[], milliseconds: number, flood: Flood | null = null): Promise<Round> {
  const until = performance.now() + milliseconds;
  const round = { queries: [] as number[], signIns: [] as number[], refused: 0, attempts: 0 };
  const flooders = flood === null ? [] : Array.from({ length: FLOODERS }, (_, n) => floodUntil(until, n, flood, round));
  const owner = flood === null ? Promise.resolve() : signInUntil(until, flood.known, round.signIns);
  const asked: Promise<void>[] = [];
  for (let due = performance.now(), n = 0; due < until; due += INTERVAL_MILLISECONDS, n += 1) {
    await delay(Math.max(0, due - performance.now()));
    const from = due;
    const answered = users[n % users.length]?.send(QUERY, {}) ?? Promise.resolve();
    asked.push(answered.then(() => void round.queries.push(performance.now() - from)));
  }
  await Promise.all([...asked, ...flooders, owner]);
  return round;
}

async function floodUntil(
  until: number,
  number: number,
  { emails }: Flood,
  counts: { refused: number; attempts: number },
): Promise<void> {
  for (let attempt = number; performance.now() < until; attempt += 1) {
    const email = emails[attempt % emails.length];
    const { errors } = await post(SIGN_IN, { email, password: `wrong password ${attempt}` });
    counts.attempts += 1;
    if (errors[0]?.extensions.code === 'RATE_LIMITED') counts.refused += 1;
  }
}

async function signInUntil(
  until: number,
  { email, password, cookie }: Flood['known'],
  latencies: number[],
): Promise<void> {
  while (performance.now() < until) {
    const from = performance.now();
    const { errors } = await post(SIGN_IN, { email, password }, cookie);
    if (errors.length > 0) throw new Error(`The known browser was refused: ${JSON.stringify(errors)}`);
    latencies.push(performance.now() - from);
    await delay(1_000);
  }
}

/** An account, and the cookie by which its browser is known. */
async function signUpByBrowser(): Promise<Flood['known']> {
  const [email, password] = [`flood-${crypto.randomUUID()}@example.com`, crypto.randomUUID()];
  const { cookies } = await post(SIGN_UP, { email, password });
  const cookie = cookies.find((each) => each.includes('trainyard-device='))?.split(';')[0];
  if (cookie === undefined) throw new Error('The server has set no cookie.');
  return { email, password, cookie };
}

async function post(query: string, input: object, cookie?: string) {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie === undefined ? {} : { cookie }) },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return { errors, cookies: response.headers.getSetCookie() };
}

function print(title: string, rounds: readonly Round[]): void {
  const queries = rounds.flatMap((round) => round.queries);
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => `${quantile(queries, share).toFixed(1).padStart(7)} ms`);
  const attempts = rounds.reduce((sum, round) => sum + round.attempts, 0);
  const refused = rounds.reduce((sum, round) => sum + round.refused, 0);
  const flood = attempts === 0 ? '' : `   ${attempts} attempts, ${refused} refused at once`;
  console.log(`${title.padEnd(16)} p50 ${p50}  p95 ${p95}  max ${max}  of ${queries.length} queries${flood}`);
}
