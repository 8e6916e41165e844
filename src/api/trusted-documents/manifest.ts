import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { ConfigError } from '../../config.ts';

/** The manifest of Apollo's `generate-persisted-query-manifest`. */
const ApolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});

/** The file `persisted-documents.json` of GraphQL Code Generator's client preset: documents by their hashes. */
const CodegenManifest = z.record(z.string(), z.string());

/** Documents by their ids. */
export type DocumentsById = ReadonlyMap<string, string>;

/** Reads TRUSTED_DOCUMENTS_FILE. Throws ConfigError. */
export async function readManifest(path: string): Promise<DocumentsById> {
  const documents = parseManifest(await readFile(path, 'utf8').catch(() => ''));
  if (documents !== null && documents.size > 0) return documents;
  throw new ConfigError([
    `TRUSTED_DOCUMENTS_FILE must name a manifest of Apollo, or a persisted-documents.json of GraphQL Code Generator, with documents in it; got "${path}"`,
  ]);
}

function parseManifest(text: string): DocumentsById | null {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return null;
  }
  const ofApollo = z.safeParse(ApolloManifest, manifest);
  if (ofApollo.success) return new Map(ofApollo.data.operations.map(({ id, body }) => [id, body]));
  const ofCodegen = z.safeParse(CodegenManifest, manifest);
  return ofCodegen.success ? new Map(Object.entries(ofCodegen.data)) : null;
}
