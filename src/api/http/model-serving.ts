import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'graphql';
import { authorize } from '../../auth/permissions.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { Context } from '../graphql/context.ts';
import type { RateLimits } from '../rate-limits/rate-limits.ts';
import { refuseForgeable } from './csrf.ts';
import { readJson } from './request-body.ts';
import { sendResponse } from './send-response.ts';

/** The root field whose permission, rate limit and name in logs and metrics a prediction by REST has. */
const PREDICT = 'Query.predict';
const PREDICTION = { document: parse('{ predict(rows: []) { task } }'), operationName: null, variables: {} };

/** One address of the serving protocols. */
export type ModelRoute =
  | { readonly isOpen: true; readonly answer: () => Promise<unknown> }
  | { readonly isOpen: false; readonly answer: (viewer: Viewer, body: unknown) => Promise<unknown> };

/** The addresses at which models are served to clients of other serving tools. */
export interface ModelRoutes {
  /** Null where nothing is served. */
  find(method: string, path: string): ModelRoute | null;
}

/** Answers a request for a model in JSON. Throws what `predict` throws, and before the body is read if the caller may not. */
export async function serveModel(
  request: IncomingMessage,
  response: ServerResponse,
  route: ModelRoute,
  context: Context,
  rateLimits: Pick<RateLimits, 'admit'>,
): Promise<void> {
  const answer = route.isOpen ? await route.answer() : await answerMember(request, route, context, rateLimits);
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  await sendResponse(request, response, 200, headers, JSON.stringify(answer));
}

async function answerMember(
  request: IncomingMessage,
  route: ModelRoute & { readonly isOpen: false },
  context: Context,
  rateLimits: Pick<RateLimits, 'admit'>,
): Promise<unknown> {
  context.operationInfo.operation = PREDICT;
  const hasBody = request.method === 'POST';
  if (hasBody) refuseForgeable(request);
  await authorize(PREDICT, context.caller);
  await rateLimits.admit(context, PREDICTION);
  if (!hasBody) return await route.answer(context.caller.viewer, null);
  const { value, bytes } = await readJson(request);
  context.operationInfo.bytes = bytes;
  return await route.answer(context.caller.viewer, value);
}
