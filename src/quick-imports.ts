import { registerHooks } from 'node:module';

/**
 * drizzle-orm's package.json is 180 kB, and Node parses it anew for each of the package's 108 modules: 0.6 s of every
 * start. Its relative imports are full paths of ES modules, so there is nothing to be looked up for them.
 */
export function resolveDrizzleQuickly(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      const isWithinDrizzle = specifier.startsWith('.') && parentURL?.includes('/node_modules/drizzle-orm/') === true;
      if (!isWithinDrizzle) return next(specifier, context);
      return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true };
    },
  });
}
