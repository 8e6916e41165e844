import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { BUNDLED_MODULES, bundledName } from './bundled-modules.ts';

/**
 * Leads the imports of the server's own modules to the bundles, where they have been made. A package must not be loaded
 * from both places: an import of one of its modules that has no bundle is an error.
 */
export function resolveFromBundles(): void {
  const own = new URL('.', import.meta.url).href;
  const bundles = new URL('bundled/', own);
  if (!existsSync(bundles)) return;
  const packages = new Set(BUNDLED_MODULES.map(packageOf));
  registerHooks({
    resolve(specifier, context, next) {
      const isOwn = context.parentURL?.startsWith(own) && !context.parentURL.startsWith(bundles.href);
      if (!isOwn || !packages.has(packageOf(specifier))) return next(specifier, context);
      if (!BUNDLED_MODULES.includes(specifier)) throw new Error(`${specifier} must be added to BUNDLED_MODULES.`);
      return { url: new URL(`${bundledName(specifier)}.js`, bundles).href, format: 'module', shortCircuit: true };
    },
  });
}

/** The package of a module: `@scope/name` or `name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
