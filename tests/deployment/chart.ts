import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Document, parse, parseAllDocuments } from 'yaml';
import { ChartTemplates } from './chart-templates.ts';
import { ROOT } from './compose-file.ts';
import { parseDockerfile } from './dockerfile.ts';

const run = promisify(execFile);

/** Whether there is a helm, which the project does not bring. */
export const hasHelm = await run('helm', ['version']).then(
  () => true,
  () => false,
);
if (!hasHelm) console.warn('Skipped: the chart is not rendered by helm, since there is none here.');

export const CHART = join(ROOT, 'deploy/helm/trainyard');

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom?: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: object;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface PodSpec {
  readonly containers: readonly [Container];
  readonly initContainers?: unknown;
  readonly securityContext: object;
  readonly terminationGracePeriodSeconds: number;
  readonly topologySpreadConstraints?: readonly { readonly labelSelector: Selector }[];
  readonly volumes: readonly Volume[];
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit: string };
  readonly secret?: {
    readonly secretName: string;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  };
}

export interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** A resource of Kubernetes, as far as the tests look at it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly template?: { readonly metadata: Manifest['metadata']; readonly spec: PodSpec };
    readonly [name: string]: unknown;
  };
}

export type Values = { readonly [name: string]: unknown };

const RELEASE = 'demo';
const NAMESPACE = 'training';

/** Renders the chart with its default values, and those of `values` in their places. */
export async function renderChart(values: Values): Promise<Manifest[]> {
  const defaults = parse(await readFile(join(CHART, 'values.yaml'), 'utf8')) as Values;
  const chart = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8')) as { readonly appVersion: string };
  const templates = new ChartTemplates();
  const files = (await readdir(join(CHART, 'templates'))).sort();
  const sources = await Promise.all(files.map((name) => readFile(join(CHART, 'templates', name), 'utf8')));
  const context = {
    Values: overlay(defaults, values),
    Release: { Name: RELEASE, Namespace: NAMESPACE },
    Chart: { AppVersion: chart.appVersion },
  };
  // All of them first: a file may include what a later one defines.
  const read = sources.map((source) => templates.read(source));
  return read.flatMap((nodes) => parseManifests(templates.render(nodes, context)));
}

/** The resources of a text with any number of YAML documents. */
function parseManifests(text: string): Manifest[] {
  const documents: readonly Document[] = parseAllDocuments(text);
  return documents.flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${document.errors[0]?.message}\n${text}`);
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

function overlay(defaults: Values, values: Values): Values {
  const entries = Object.entries(values).map(([name, value]) => {
    const before = defaults[name];
    return [name, isMap(before) && isMap(value) ? overlay(before, value) : value];
  });
  return { ...defaults, ...Object.fromEntries(entries) };
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Renders the chart with helm itself; `file` has the values. */
export async function renderWithHelm(file: string): Promise<Manifest[]> {
  const release = ['template', RELEASE, CHART, '--namespace', NAMESPACE];
  return parseManifests((await run('helm', [...release, '--values', file])).stdout);
}

/** Rejects with what helm complains of. */
export async function lintWithHelm(file: string): Promise<void> {
  await run('helm', ['lint', '--strict', CHART, '--values', file]);
}

export interface Pod {
  readonly name: string;
  readonly manifest: Manifest;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  readonly container: Container;
}

export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap((manifest) => {
    const { template } = manifest.spec;
    if (template === undefined) return [];
    const [container] = template.spec.containers;
    return [{ name: container.name, manifest, labels: template.metadata.labels, spec: template.spec, container }];
  });
}

export function podOf(manifests: readonly Manifest[], name: string): Pod {
  const pod = podsOf(manifests).find((each) => each.name === name);
  if (pod === undefined) throw new Error(`There is no pod ${name}.`);
  return pod;
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The last stage of the Dockerfile. */
export async function readImage() {
  const stages = parseDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8'));
  const instructions = stages.at(-1)?.instructions ?? [];
  const argsOf = (name: string) => instructions.find((each) => each.name === name)?.args ?? [];
  const environment = Object.fromEntries(argsOf('ENV').map((pair) => pair.split('=') as [string, string]));
  return { environment, user: argsOf('USER')[0]?.split(':').map(Number), command: argsOf('CMD') };
}
