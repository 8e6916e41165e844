import { posix } from 'node:path';
import { findCycles } from './import-cycles.ts';
import { importsOf } from './module-imports.ts';
import { languageOf } from './syntax-tree.ts';

/** The nouns, in their order: each may import the ones before it. */
const NOUNS = [
  'auth',
  'blobs',
  'jobs',
  'datasets',
  'training',
  'artifacts',
  'predictions',
  'metrics',
  'retention',
  'installation',
];

const KERNELS = ['platform', 'tabular', 'ml', 'runtime'];

/** What each folder of src/, and each file beside them, may import of the others. Whatever is not listed may not. */
const REACH: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  // It knows the server by schema.graphql alone, and is a package of its own.
  client: [],
  // The pages: they know the server by schema.graphql and through the client.
  console: ['client'],
  tabular: ['runtime'],
  ml: ['runtime', 'tabular'],
  platform: ['errors.ts'],
  ...Object.fromEntries(
    NOUNS.map((noun, index) => [noun, [...NOUNS.slice(0, index), ...KERNELS, 'api', 'config.ts', 'errors.ts']]),
  ),
  api: ['auth', ...KERNELS, 'config.ts', 'errors.ts', 'version.ts'],
  processes: ['api', ...NOUNS, ...KERNELS, 'config.ts', 'errors.ts', 'version.ts'],
  'command-line.ts': ['processes', 'platform', 'config.ts', 'errors.ts', 'version.ts'],
  'main.ts': ['command-line.ts', 'quick-imports.ts'],
  'config.ts': [
    'engine-settings.ts',
    'issuer-settings.ts',
    'network-settings.ts',
    'retention-settings.ts',
    'setting.ts',
  ],
  'engine-settings.ts': ['setting.ts'],
  'issuer-settings.ts': ['setting.ts', 'platform'],
  'network-settings.ts': ['issuer-settings.ts', 'setting.ts'],
  'retention-settings.ts': ['setting.ts'],
  'setting.ts': ['platform'],
  'errors.ts': [],
  'quick-imports.ts': ['bundled-modules.ts'],
  'bundled-modules.ts': [],
  'version.ts': [],
};

/**
 * The modules of api/ that a noun's GraphQL side is made with, or adds fields to. Of the second list only types, which leave no
 * import.
 */
const LEAVES_OF_API = [
  ...['scalars', 'enums', 'node', 'pagination', 'batch-loader', 'field-cost'].map(
    (name) => `src/api/graphql/${name}.ts`,
  ),
  'src/api/limits/limits.type.ts',
  'src/api/health/health.type.ts',
];
const TYPES_OF_API = [
  'graphql/context',
  'graphql/batch-lookup',
  'http/download-links',
  'http/upload-links',
  'http/form-file',
].map((name) => `src/api/${name}.ts`);

/** What each part of the client may import: of the other parts, and of packages. */
const CLIENT_PARTS: Readonly<Record<string, readonly string[]>> = {
  core: ['operations', 'graphql-ws/client'],
  // Operations and their types: they name the type of an operation, and nothing else.
  operations: ['core'],
  apollo: ['core', '@apollo/client', '@apollo/client/utilities', 'graphql', 'rxjs'],
  react: ['core', 'operations', 'react'],
};

/** Packages that only a part of the code may know. */
const PACKAGE_HOMES = [
  {
    name: 'type-graphql',
    home: 'api/ and *.type|input|resolver|subscriptions.ts',
    holds: ({ area, role }: Module) => area === 'api' || isGraphQLRole(role),
  },
  {
    name: 'drizzle-orm',
    home: 'platform/ and *.table|store.ts',
    holds: ({ area, role }: Module) => area === 'platform' || role === 'table' || role === 'store',
  },
  {
    name: 'prom-client',
    home: '*-metrics.ts of platform/ and api/',
    holds: ({ path }: Module) => /^src\/(platform|api)\/[a-z]+\/[a-z]+-metrics\.ts$/.test(path),
  },
  { name: 'pg-boss', home: 'platform/jobs/jobs.ts', holds: ({ path }: Module) => path === 'src/platform/jobs/jobs.ts' },
];

interface Module {
  readonly path: string;
  /** The folder below src/, or the name of a file beside the folders. */
  readonly area: string;
  /** What the file is in its noun: `store` in `dataset.store.ts`; empty where the name does not say. */
  readonly role: string;
}

interface Edge {
  readonly from: Module;
  /** The module of src/ that is imported; null for a package. */
  readonly to: Module | null;
  readonly specifier: string;
  readonly isRuntime: boolean;
}

/** A rule tells what is wrong with an import; null for nothing. */
type Rule = (edge: Edge) => string | null;

const RULES: readonly Rule[] = [
  staysWithinReach,
  takesOnlyColumnTypes,
  runtimeStandsAlone,
  clientHasOptionalParts,
  leavesApiAlone,
  nounsLeaveOthersStores,
  graphQLGoesThroughServices,
  rolesPointDown,
  mappersStandBetween,
  packagesStayAtHome,
];

/** Sources by path (`src/…`) to everything that is wrong with their imports, sorted. */
export function findViolations(sources: ReadonlyMap<string, string>): string[] {
  const violations: string[] = [];
  const edges: Edge[] = [];
  for (const [path, source] of sources) {
    const from = toModule(path);
    if (!(from.area in REACH)) violations.push(`${path}: the rules do not know src/${from.area}; give it its place`);
    for (const { specifier, isRuntime, line } of importsOf(source, languageOf(path))) {
      const to = specifier?.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null;
      const place = `${path}:${line}`;
      if (specifier === null) violations.push(`${place} computes what it imports, so that nobody can follow it`);
      else if (to !== null && !sources.has(to)) violations.push(`${place} imports ${to}, which is no module of src/`);
      else {
        const edge = { from, to: to === null ? null : toModule(to), specifier, isRuntime };
        edges.push(edge);
        for (const rule of RULES) {
          const complaint = rule(edge);
          if (complaint !== null) violations.push(`${place} imports ${to ?? specifier}: ${complaint}`);
        }
      }
    }
  }
  const cycles = findCycles(edges.flatMap(({ from, to }) => (to ? [[from.path, to.path] as const] : [])));
  return [...violations, ...cycles.map((cycle) => `a cycle: ${cycle.join(' -> ')}`)].sort();
}

function toModule(path: string): Module {
  const [, area = ''] = path.split('/');
  return { path, area, role: /\.([a-z]+)\.ts$/.exec(path)?.[1] ?? '' };
}

function isGraphQLRole(role: string): boolean {
  return ['type', 'input', 'resolver', 'subscriptions'].includes(role);
}

function staysWithinReach({ from, to }: Edge): string | null {
  if (to === null || to.area === from.area) return null;
  const reach = REACH[from.area] ?? [];
  if (reach.includes(to.area)) return null;
  return `${from.area} may import ${reach.length === 0 ? 'nothing outside itself' : `only ${reach.join(', ')}`}`;
}

function takesOnlyColumnTypes({ from, to, isRuntime }: Edge): string | null {
  if (from.area !== 'ml' || to?.area !== 'tabular') return null;
  if (to.path === 'src/tabular/types/column.ts' && !isRuntime) return null;
  return 'ml takes from tabular only the types of column.ts';
}

function runtimeStandsAlone({ from, to }: Edge): string | null {
  return from.area === 'runtime' && to === null ? 'runtime runs in browsers too and imports no package' : null;
}

/** So that a page without React or Apollo Client loads neither. */
function clientHasOptionalParts({ from, to, specifier }: Edge): string | null {
  if (from.area !== 'client') return null;
  const [part = '', target = specifier] = [from, to].map((module) => module?.path.split('/')[2]);
  const reach = CLIENT_PARTS[part] ?? [];
  return target === part || reach.includes(target) ? null : `client/${part} may import only ${reach.join(', ')}`;
}

function leavesApiAlone({ from, to, isRuntime }: Edge): string | null {
  if (to?.area !== 'api' || !NOUNS.includes(from.area)) return null;
  if (!isGraphQLRole(from.role)) return 'of a noun only *.type|input|resolver|subscriptions.ts know api/';
  if (LEAVES_OF_API.includes(to.path)) return null;
  if (!TYPES_OF_API.includes(to.path)) return 'it is not one of the modules of api/ that nouns are made with';
  return isRuntime ? 'only its types, with "import type"' : null;
}

function nounsLeaveOthersStores({ from, to, isRuntime }: Edge): string | null {
  if (to?.role !== 'store' || to.area === from.area || !isRuntime) return null;
  return 'another noun\'s store; call its service (its types are free, with "import type")';
}

function graphQLGoesThroughServices({ from, to, isRuntime }: Edge): string | null {
  if (!isGraphQLRole(from.role) || to?.role !== 'store' || !isRuntime) return null;
  return 'the GraphQL side reaches a store through its service only';
}

/** resolver, subscriptions -> service -> store -> table, within a noun and across nouns. */
const HEIGHTS: Readonly<Record<string, number>> = { table: 0, store: 1, service: 2, resolver: 3, subscriptions: 3 };

function rolesPointDown({ from, to }: Edge): string | null {
  const [height, above] = [HEIGHTS[from.role], HEIGHTS[to?.role ?? '']];
  if (height === undefined || above === undefined || above <= height) return null;
  return `a ${from.role} knows no ${to?.role}`;
}

/** Rows become API types in *.mapper.ts alone, which the GraphQL side of any noun may use. */
function mappersStandBetween({ from, to, isRuntime }: Edge): string | null {
  if (to === null) return null;
  if (isGraphQLRoot(from.role) && isGraphQLRoot(to.role)) {
    return 'a resolver knows no other; mappers stand in *.mapper.ts';
  }
  if (to.role === 'mapper' && from.role !== 'mapper' && !isGraphQLRoot(from.role)) {
    return 'only resolvers, subscriptions and mappers use a mapper';
  }
  if (from.role === 'mapper' && isRuntime && ['store', 'service', 'resolver', 'subscriptions'].includes(to.role)) {
    return 'a mapper knows types alone of stores and services';
  }
  return null;
}

function isGraphQLRoot(role: string): boolean {
  return role === 'resolver' || role === 'subscriptions';
}

function packagesStayAtHome({ from, to, specifier }: Edge): string | null {
  if (to !== null) return null;
  const found = PACKAGE_HOMES.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  return found === undefined || found.holds(from) ? null : `only ${found.home} may`;
}
