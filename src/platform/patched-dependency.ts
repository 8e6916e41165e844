/** A dependency was installed without the changes in patches/: faults would be back that are known there. */
export class UnpatchedError extends Error {
  constructor(name: string) {
    super(
      `The package ${name} was installed without its patch (patches/): run "npm ci" with its scripts, and with the development ` +
        'dependencies unless dist/ is built already.',
    );
    this.name = 'UnpatchedError';
  }
}

/** To be called before a patched dependency is used: its patch adds the mark `isPatched` to what it exports. */
export function assertPatched(name: string, exported: object): void {
  if (!('isPatched' in exported)) throw new UnpatchedError(name);
}
