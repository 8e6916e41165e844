import { runCounted } from './counted-run.ts';

// The tests as .ci/run counts them: "npm run test:ci".

await runCounted('tests', 'vitest.config.ts');
