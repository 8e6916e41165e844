import { type DocumentNode, type GraphQLError, type GraphQLSchema, validate } from 'graphql';

/** More than a product's pages subscribe with; beyond it the one that was asked for longest ago is forgotten. */
const MAX_DOCUMENTS = 200;

/** A longer query is read each time: what is kept must not add up to much. */
const MAX_LENGTH = 5_000;

/**
 * The documents that fit a schema, by their text. Thousands of sockets subscribe with the same few: each is parsed and
 * validated once, and they share one document in memory.
 */
export class KnownDocuments {
  readonly #schema: GraphQLSchema;
  readonly #parse: (query: string) => DocumentNode;
  readonly #documents = new Map<string, DocumentNode>();

  /** `parse` throws where it cannot. */
  constructor(schema: GraphQLSchema, parse: (query: string) => DocumentNode) {
    this.#schema = schema;
    this.#parse = parse;
  }

  /** The document, or what is wrong with it. Throws where it cannot be parsed. */
  read(query: string): DocumentNode | readonly GraphQLError[] {
    const known = this.#documents.get(query);
    const document = known ?? this.#parse(query);
    const mistakes = known === undefined ? validate(this.#schema, document) : [];
    if (mistakes.length > 0) return mistakes;
    this.#keep(query, document);
    return document;
  }

  #keep(query: string, document: DocumentNode): void {
    if (query.length > MAX_LENGTH) return;
    this.#documents.delete(query);
    this.#documents.set(query, document);
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > MAX_DOCUMENTS && oldest !== undefined) this.#documents.delete(oldest);
  }
}
