/** How many random bytes a key has. */
const KEY_BYTES = 16;

/**
 * Gives the same key for the same input until it is used up, so that sending a form again after a lost answer does nothing
 * twice. A changed input is another request, and has another key.
 */
export class IdempotencyKeys {
  #current: { readonly input: string; readonly key: string } | null = null;

  keyFor(input: object): string {
    const text = JSON.stringify(input);
    if (this.#current?.input !== text) this.#current = { input: text, key: randomKey() };
    return this.#current.key;
  }

  /** The request has succeeded: the next one is a new one, even if it is the same. */
  use(): void {
    this.#current = null;
  }
}

/** Not `randomUUID`, which browsers offer only over https. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
