import { expect, test } from 'vitest';
import { PasswordQueue } from '../../../src/auth/users/password-queue.ts';
import { TrainyardError } from '../../../src/errors.ts';

/** Attempts that are held until the test ends them. */
class Attempts {
  readonly begun: string[] = [];
  readonly refused: string[] = [];
  readonly #turns = new PasswordQueue();
  readonly #held = new Map<string, () => void>();

  add(name: string, account: string, address: string, deviceId: string | null = null): void {
    const hold = () =>
      new Promise<void>((end) => {
        this.begun.push(name);
        this.#held.set(name, end);
      });
    this.#turns.run({ account, address, deviceId }, hold).catch((error: unknown) => {
      this.refused.push(`${name} ${error instanceof TrainyardError ? error.code : String(error)}`);
    });
  }

  async end(name: string): Promise<void> {
    this.#held.get(name)?.();
    await settled();
  }
}

/** All that is only waiting for its turn has had it. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('an account has one attempt at a time, and ten waiting per address; more are refused', async () => {
  const attempts = new Attempts();
  for (let attempt = 0; attempt < 150; attempt += 1) attempts.add(`a${attempt}`, 'ada', '192.0.2.1');
  await settled();
  expect(attempts.begun).toEqual(['a0']);
  expect(attempts.refused).toHaveLength(139);
  expect(attempts.refused[0]).toBe('a11 RATE_LIMITED');
});

test('another account of the same address is not delayed', async () => {
  const attempts = new Attempts();
  for (let attempt = 0; attempt < 150; attempt += 1) attempts.add(`a${attempt}`, 'ada', '192.0.2.1');
  attempts.add('grace', 'grace', '192.0.2.1');
  await settled();
  expect(attempts.begun).toEqual(['a0', 'grace']);
});

test('an address that tries a thousand accounts delays others by at most one of its attempts', async () => {
  const attempts = new Attempts();
  for (let account = 0; account < 1_000; account += 1) attempts.add(`a${account}`, `account ${account}`, '192.0.2.1');
  attempts.add('grace', 'grace', '198.51.100.1');
  await settled();
  expect(attempts.begun).toEqual(['a0', 'a1']);
  await attempts.end('a0');
  expect(attempts.begun.slice(2)).toEqual(['grace']);
  await attempts.end('grace');
  expect(attempts.begun.slice(3)).toEqual(['a2']);
});

test('three hundred attempts per address are accepted, whatever their accounts, and other addresses are not affected', async () => {
  const attempts = new Attempts();
  for (let account = 0; account < 1_000; account += 1) attempts.add(`a${account}`, `account ${account}`, '192.0.2.1');
  attempts.add('grace', 'grace', '198.51.100.1');
  await settled();
  expect(attempts.refused).toHaveLength(700);
  expect(attempts.refused[0]).toBe('a300 RATE_LIMITED');
  await attempts.end('a0');
  expect(attempts.begun).toEqual(['a0', 'a1', 'grace']);
  attempts.add('later', 'ada', '192.0.2.1');
  await settled();
  expect(attempts.refused).toHaveLength(700);
});

test('addresses of one IPv6 network count as one', async () => {
  const attempts = new Attempts();
  for (let account = 0; account < 1_000; account += 1) {
    attempts.add(`a${account}`, `account ${account}`, `2001:db8::${account.toString(16)}`);
  }
  attempts.add('grace', 'grace', '198.51.100.1');
  await settled();
  await attempts.end('a0');
  expect(attempts.begun).toEqual(['a0', 'a1', 'grace']);
});

test('the owner of an account that many addresses try gets a turn among them', async () => {
  const attempts = new Attempts();
  for (let address = 1; address <= 20; address += 1) {
    for (let attempt = 0; attempt < 5; attempt += 1) attempts.add(`${address}/${attempt}`, 'ada', `192.0.2.${address}`);
  }
  attempts.add('owner', 'ada', '198.51.100.1');
  await settled();
  for (let turn = 0; turn <= 20; turn += 1) await attempts.end(attempts.begun.at(-1) ?? '');
  expect(attempts.begun.slice(0, 22)).toContain('owner');
});

test('a device that has signed in before is kept out by no flood against its account, nor from its address', async () => {
  const attempts = new Attempts();
  for (let attempt = 0; attempt < 150; attempt += 1) attempts.add(`a${attempt}`, 'ada', '192.0.2.1');
  for (let account = 0; account < 1_000; account += 1) attempts.add(`b${account}`, `account ${account}`, '192.0.2.1');
  await settled();
  expect(attempts.begun).toEqual(['a0', 'b0']);
  const { length } = attempts.refused;
  attempts.add('owner', 'ada', '192.0.2.1', 'laptop');
  attempts.add('stranger', 'ada', '192.0.2.1');
  await settled();
  expect(attempts.refused.slice(length)).toEqual(['stranger RATE_LIMITED']);
  await attempts.end('b0');
  expect(attempts.begun.at(-1)).toBe('owner');
});

test('known devices of many accounts take turns with those that are not known', async () => {
  const attempts = new Attempts();
  for (let account = 0; account < 50; account += 1) {
    attempts.add(`k${account}`, `known ${account}`, '192.0.2.1', `d${account}`);
  }
  attempts.add('grace', 'grace', '198.51.100.1');
  attempts.add('alan', 'alan', '198.51.100.2');
  await settled();
  expect(attempts.begun).toEqual(['k0', 'k1']);
  await attempts.end('k0');
  expect(attempts.begun.at(-1)).toBe('grace');
  await attempts.end('grace');
  expect(attempts.begun.at(-1)).toBe('alan');
});

test('a known device has ten waiting attempts, and the others of its account are not delayed by them', async () => {
  const attempts = new Attempts();
  for (let attempt = 0; attempt < 20; attempt += 1) attempts.add(`a${attempt}`, 'ada', '192.0.2.1', 'stolen');
  attempts.add('owner', 'ada', '192.0.2.1', 'laptop');
  await settled();
  expect(attempts.refused).toHaveLength(9);
  await attempts.end('a0');
  await attempts.end(attempts.begun.at(-1) ?? '');
  expect(attempts.begun).toContain('owner');
});

test('the known devices of an account have a hundred attempts together; further ones wait as others do, by their addresses', async () => {
  const attempts = new Attempts();
  for (let device = 0; device < 150; device += 1) attempts.add(`a${device}`, 'ada', '192.0.2.1', `device ${device}`);
  attempts.add('owner', 'ada', '198.51.100.1', 'laptop');
  await settled();
  // One of them has its turn, and ten wait.
  expect(attempts.refused).toHaveLength(39);
  for (let turn = 0; turn < 4; turn += 1) await attempts.end(attempts.begun.at(-1) ?? '');
  await attempts.end('a100');
  expect(attempts.begun).toContain('owner');
});
