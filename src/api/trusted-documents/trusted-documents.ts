import type { Config } from '../../config.ts';
import { TrainyardError } from '../../errors.ts';
import type { GraphQLHttpRequest } from '../graphql/graphql.ts';
import { type DocumentsById, readManifest } from './manifest.ts';

/** The parts of a request that say which document it means. */
interface DocumentReference {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

/** A reference whose document has been found, or that has none. */
type Resolved<Reference extends DocumentReference> = Omit<Reference, 'query'> & {
  readonly query?: Reference['query'] | string | null;
};

/**
 * Documents that the operator trusts, by TRUSTED_DOCUMENTS: `only` these are executed, or clients may name them by their ids
 * (`prefer`), or there are none (`off`). Whether a document is trusted is decided before it is parsed.
 */
export class TrustedDocuments {
  readonly #mode: Config['TRUSTED_DOCUMENTS'];
  readonly #byId: DocumentsById;
  readonly #texts: ReadonlySet<string>;

  /** Reads the manifest. Throws ConfigError. */
  static async open({
    TRUSTED_DOCUMENTS,
    TRUSTED_DOCUMENTS_FILE,
  }: Pick<Config, 'TRUSTED_DOCUMENTS' | 'TRUSTED_DOCUMENTS_FILE'>): Promise<TrustedDocuments> {
    if (TRUSTED_DOCUMENTS === 'off' || TRUSTED_DOCUMENTS_FILE === null) return new TrustedDocuments('off', new Map());
    return new TrustedDocuments(TRUSTED_DOCUMENTS, await readManifest(TRUSTED_DOCUMENTS_FILE));
  }

  constructor(mode: Config['TRUSTED_DOCUMENTS'], byId: DocumentsById) {
    this.#mode = mode;
    this.#byId = byId;
    this.#texts = new Set(byId.values());
  }

  /** The request with its document in place of the id. Throws DOCUMENT_NOT_TRUSTED and PERSISTED_QUERY_NOT_FOUND. */
  resolveRequest(request: GraphQLHttpRequest): GraphQLHttpRequest {
    const { method, search, body } = request;
    if (this.#mode === 'off') return request;
    if (method === 'GET') return { ...request, search: this.#resolveSearch(search) };
    // Anything else is no GraphQL request, and refused as such.
    return isFields(body) && !Array.isArray(body) ? { ...request, body: this.resolve(body) } : request;
  }

  /** The same for an operation as it stands in JSON. */
  resolve<Reference extends DocumentReference>(reference: Reference): Resolved<Reference> {
    if (this.#mode === 'off') return reference;
    const id = idOf(reference);
    const query = typeof reference.query === 'string' && reference.query !== '' ? reference.query : null;
    return { ...withoutId(reference), query: this.#documentOf(id, query) };
  }

  #documentOf(id: string | null, query: string | null): string | null {
    const known = id === null ? undefined : this.#byId.get(id);
    if (this.#mode === 'only') {
      const isKnown = known !== undefined || (id === null && query !== null && this.#texts.has(query));
      if (!isKnown || (known !== undefined && query !== null && query !== known)) throw notTrusted();
      return known ?? query;
    }
    if (known !== undefined) return known;
    // What Apollo's clients understand: they send the document too.
    if (id !== null && query === null) throw new TrainyardError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
    return query;
  }

  #resolveSearch(search: string): string {
    const parameters = new URLSearchParams(search);
    const { query } = this.resolve({
      query: parameters.get('query'),
      documentId: parameters.get('documentId'),
      extensions: parseJson(parameters.get('extensions')),
    });
    parameters.delete('extensions');
    if (typeof query === 'string') parameters.set('query', query);
    return `?${parameters.toString()}`;
  }
}

/** The id of a document, as Apollo's clients or others send it. */
function idOf({ documentId, extensions }: DocumentReference): string | null {
  if (typeof documentId === 'string' && documentId !== '') return documentId;
  const persisted = isFields(extensions) ? extensions['persistedQuery'] : null;
  const hash = isFields(persisted) ? persisted['sha256Hash'] : null;
  return typeof hash === 'string' && hash !== '' ? hash : null;
}

/** Apollo Server would look for the hash itself. */
function withoutId<Reference extends DocumentReference>(reference: Reference): Reference {
  if (!isFields(reference.extensions)) return reference;
  const { persistedQuery: _, ...extensions } = reference.extensions;
  return { ...reference, extensions };
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function notTrusted(): TrainyardError {
  return new TrainyardError(
    'DOCUMENT_NOT_TRUSTED',
    'This server executes only documents that its operator has listed.',
    {
      hint: 'Send the id of a listed document in documentId, or its text as it is listed.',
    },
  );
}
