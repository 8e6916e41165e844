import { defaultFieldResolver, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { buildSchemaSync, type ClassType, type PubSub } from 'type-graphql';
import { ArtifactResolver, TrainingRunArtifactResolver } from '../../artifacts/artifact.resolver.ts';
import { ModelCardResolver } from '../../artifacts/model-card.resolver.ts';
import { AuthResolver } from '../../auth/auth.resolver.ts';
import { authorize } from '../../auth/permissions.ts';
import { ColumnResolver, DatasetReportResolver, DatasetResolver } from '../../datasets/dataset.resolver.ts';
import { DatasetVersionsResolver } from '../../datasets/dataset-versions.resolver.ts';
import { LatestChangeResolver } from '../../metrics/comparison/latest-change.resolver.ts';
import { RunComparisonResolver } from '../../metrics/comparison/run-comparison.resolver.ts';
import { HistoryResolver } from '../../metrics/history/history.resolver.ts';
import { WorkspaceUsageResolver } from '../../metrics/usage/usage.resolver.ts';
import { AlgorithmResolver } from '../../training/algorithms/algorithm.resolver.ts';
import { RunEvaluationResolver } from '../../training/evaluations/run-evaluation.resolver.ts';
import { TrainingRunSubscriptions } from '../../training/live/training-run.subscriptions.ts';
import { RunRequestResolver } from '../../training/requests/run-request.resolver.ts';
import { DatasetRunsResolver } from '../../training/runs/dataset-runs.resolver.ts';
import { RunArchiveResolver } from '../../training/runs/run-archive.resolver.ts';
import { TrainingRunResolver } from '../../training/runs/training-run.resolver.ts';
import { HealthResolver } from '../health/health.resolver.ts';
import { guardArguments } from '../limits/argument-bounds.ts';
import { guardLists } from '../limits/guarded-lists.ts';
import type { Context } from './context.ts';
import { nullMeansDefault } from './nullable-defaults.ts';

const RESOLVERS = [
  HealthResolver,
  AuthResolver,
  DatasetResolver,
  DatasetVersionsResolver,
  DatasetReportResolver,
  ColumnResolver,
  AlgorithmResolver,
  TrainingRunResolver,
  RunEvaluationResolver,
  DatasetRunsResolver,
  RunRequestResolver,
  RunArchiveResolver,
  TrainingRunSubscriptions,
  ArtifactResolver,
  TrainingRunArtifactResolver,
  RunComparisonResolver,
  LatestChangeResolver,
  ModelCardResolver,
  HistoryResolver,
  WorkspaceUsageResolver,
] as const;

/** type-graphql asks for one wherever there is a subscription; ours all bring a source of their own. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error('Nothing is published in memory: changes are announced by the database.');
  },
  subscribe: () => {
    throw new Error('A subscription without a source of its own.');
  },
};

/**
 * The executable schema. `instances` are the resolvers, made with what they need; without them the schema can be
 * printed but not executed.
 */
export function createSchema(instances: readonly object[]): GraphQLSchema {
  const byClass = new Map(instances.map((instance) => [instance.constructor, instance]));
  const schema = buildSchemaSync({
    resolvers: [...RESOLVERS] as unknown as [ClassType, ...ClassType[]],
    container: {
      get: (resolver: ClassType) => byClass.get(resolver) ?? fail(`No instance of ${resolver.name} was made.`),
    },
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  const roots: readonly (GraphQLObjectType<unknown, Context> | null | undefined)[] = [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    guardArguments(type);
    guardLists(type);
  }
  nullMeansDefault(schema);
  for (const type of roots) if (type) guardRootFields(type);
  return schema;
}

/** Puts the authorisation matrix before every root field, so that none can be forgotten. */
function guardRootFields(type: GraphQLObjectType<unknown, Context>): void {
  for (const field of Object.values(type.getFields())) {
    const name = `${type.name}.${field.name}`;
    const guard = async (context: Context) => authorize(name, () => context.caller.identify());
    const { resolve = defaultFieldResolver, subscribe } = field;
    if (!subscribe) {
      field.resolve = async (source, args, context, info) => {
        await guard(context);
        return await resolve(source, args, context, info);
      };
      continue;
    }
    field.subscribe = async (source, args, context, info) => {
      await guard(context);
      return await subscribe(source, args, context, info);
    };
  }
}

function fail(message: string): never {
  throw new Error(message);
}
