import { existsSync, globSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Libraries that Chromium needs, which many machines without a screen do not have. */
const SYSTEM_LIBRARIES = '/usr/lib/*/libnss3.so';

/** The name under which the package brings these libraries along. */
const BUNDLED_LIBRARIES = 'AWS_Lambda_nodejs24.x';

/** Where Chromium is, or why there is none here. */
export type Chromium = { readonly path: string } | { readonly missing: string };

/** The operator's own of CHROMIUM_PATH, or the one that the development dependencies bring for Linux on x64. */
export async function findChromium(): Promise<Chromium> {
  const own = process.env['CHROMIUM_PATH'] ?? '';
  if (own !== '') {
    return existsSync(own) ? { path: own } : { missing: `CHROMIUM_PATH names ${own}, which is not there` };
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `there is no Chromium for ${process.platform} on ${process.arch}; name one in CHROMIUM_PATH` };
  }
  if (globSync(SYSTEM_LIBRARIES).length === 0) process.env['AWS_EXECUTION_ENV'] ??= BUNDLED_LIBRARIES;
  // It looks at the environment when it is loaded.
  const { default: bundled } = await import('@sparticuz/chromium');
  return { path: await bundled.executablePath() };
}

/** Starts Chromium. The package's own arguments are not used: they switch web security off. */
export async function launchChromium(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--headless=shell', ...more] });
}
