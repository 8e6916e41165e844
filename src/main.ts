import module from 'node:module';

/** The oldest Node.js that has all that is used: argon2id, and running TypeScript threads from source. */
const OLDEST_NODE = 24;

// Everything else is loaded only after this check: an older Node would fail with an error that says nothing.
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(
    `Trainyard needs Node.js ${OLDEST_NODE} or newer; this is ${process.versions.node} on ${process.platform} ${process.arch}. ` +
      'On Linux x64 and arm64 "npm start" brings its own: run "npm ci" again, with optional dependencies. Elsewhere install Node.js 24.',
  );
  process.exit(1);
}

module.enableCompileCache();
const { resolveFromBundles } = await import('./quick-imports.ts');
resolveFromBundles();
const { runCommand } = await import('./command-line.ts');
await runCommand(process.argv.slice(2), import.meta.filename);
