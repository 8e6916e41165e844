import { type SQL, sql } from 'drizzle-orm';
import { modelAliases } from '../../artifacts/aliases/model-alias.table.ts';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';

/** Whether an alias stands for the model of a row of `artifacts`. */
export function isNamed(tx: Transaction): SQL {
  return sql`exists (select from ${modelAliases} where ${ofWorkspace(tx, modelAliases)} and ${modelAliases.artifactId} = ${artifacts.id})`;
}

/** Whether the model of a row of `artifacts` is in use, so that nothing but a request removes it: it is pinned or has an alias. */
export function isKept(tx: Transaction): SQL {
  return sql`(${artifacts.pinned} or ${isNamed(tx)})`;
}
