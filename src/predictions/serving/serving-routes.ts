import type { ArtifactRow } from '../../artifacts/artifact.store.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { badInput, TrainyardError } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { AskedModels } from '../asked-models.ts';
import type { PredictionService } from '../prediction.service.ts';
import { inferenceResponse, modelMetadata, parseInferenceRequest } from './inference-protocol.ts';
import { asksForIntervals, rowsOfInvocation } from './invocation.ts';

/** Rows of one request, as many as `predict` takes. */
const MAX_ROWS = 1_000;

/** An address without a caller: whether the server lives. */
interface OpenRoute {
  readonly isOpen: true;
  readonly answer: () => Promise<unknown>;
}

interface MemberRoute {
  readonly isOpen: false;
  readonly answer: (viewer: Viewer, body: unknown) => Promise<unknown>;
}

export interface ServingServices {
  readonly models: AskedModels;
  readonly predictions: Pick<PredictionService, 'predict' | 'describe' | 'columnsOf'>;
  /** Whether the server can do its work. */
  readonly isReady: () => Promise<boolean>;
  readonly version: string;
}

/**
 * Serves models as other serving tools do: MLflow's scoring server, and the Open Inference Protocol. A model is named by the id of
 * its artifact, or by an alias. The same predictor, permissions and errors as `predict`.
 */
export class ServingRoutes {
  readonly #services: ServingServices;

  constructor(services: ServingServices) {
    this.#services = services;
  }

  /** Null where nothing is served. */
  find(method: string, path: string): OpenRoute | MemberRoute | null {
    const isRead = method === 'GET';
    if (isRead && path === '/ping') return open(async () => ({ status: 'ok' }));
    if (isRead && path === '/v2') return open(async () => this.#serverMetadata());
    if (isRead && path === '/v2/health/live') return open(async () => ({ live: true }));
    if (isRead && path === '/v2/health/ready') return open(() => this.#readiness());
    const [, version, name = '', action = ''] = /^\/(v1|v2)\/models\/([^/]+)(?:\/([a-z]+))?$/.exec(path) ?? [];
    if (version === 'v1' && action === 'invocations' && method === 'POST') {
      return member((viewer, body) => this.#invoke(viewer, decoded(name), body));
    }
    if (version !== 'v2') return null;
    if (action === 'infer' && method === 'POST') {
      return member((viewer, body) => this.#infer(viewer, decoded(name), body));
    }
    if (action === 'ready' && isRead) return member((viewer) => this.#modelReadiness(viewer, decoded(name)));
    if (action === '' && isRead) return member((viewer) => this.#metadata(viewer, decoded(name)));
    return null;
  }

  #serverMetadata(): object {
    return { name: 'trainyard', version: this.#services.version, extensions: [] };
  }

  async #readiness(): Promise<object> {
    if (await this.#services.isReady()) return { ready: true };
    throw new TrainyardError('SERVICE_UNAVAILABLE', 'The server is not ready.');
  }

  async #invoke(viewer: Viewer, name: string, body: unknown): Promise<object> {
    const artifact = await this.#find(viewer, name);
    const rows = rowsOfInvocation(body, await this.#services.predictions.columnsOf(artifact));
    const withIntervals = asksForIntervals(body);
    const { predictions } = await this.#services.predictions.predict(viewer, artifact.id, limited(rows));
    if (!withIntervals) return { predictions: predictions.map(({ label, value }) => label ?? value) };
    return {
      predictions: predictions.map(({ label, value, low, high }) => ({ prediction: label ?? value, low, high })),
    };
  }

  async #infer(viewer: Viewer, name: string, body: unknown): Promise<object> {
    const artifact = await this.#find(viewer, name);
    const request = parseInferenceRequest(body);
    const predicted = await this.#services.predictions.predict(viewer, artifact.id, limited(request.rows));
    return inferenceResponse(name, request, predicted);
  }

  async #modelReadiness(viewer: Viewer, name: string): Promise<object> {
    await this.#services.predictions.describe(await this.#find(viewer, name));
    return { name, ready: true };
  }

  async #metadata(viewer: Viewer, name: string): Promise<object> {
    return modelMetadata(name, await this.#services.predictions.describe(await this.#find(viewer, name)));
  }

  /** The artifact with this id, or with this alias. Throws NOT_FOUND. */
  async #find(viewer: Viewer, name: string): Promise<ArtifactRow> {
    const { models } = this.#services;
    return await models.find(viewer, isUuid(name) ? name : await models.resolve(viewer, name));
  }
}

function open(answer: OpenRoute['answer']): OpenRoute {
  return { isOpen: true, answer };
}

function member(answer: MemberRoute['answer']): MemberRoute {
  return { isOpen: false, answer };
}

/** A name as it stands in an address. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw badInput('name', 'The name of the model is not encoded as an address has to be.');
  }
}

function limited<Row>(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MAX_ROWS) return rows;
  throw badInput('body', `A request may have at most ${MAX_ROWS} rows; it has ${rows.length}.`);
}
