import type postgres from 'postgres';

/**
 * All that PostgreSQL knows of the schema `public`, a line for each column, constraint, index, policy and table, sorted.
 * Two databases with the same lines have the same shape, whatever statements made them.
 */
export async function describeDatabase(client: postgres.ISql): Promise<string[]> {
  const rows = await client<{ line: string }[]>`
    select format('column %s.%s %s%s%s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
      case when attnotnull then ' not null' end, ' default ' || pg_get_expr(adbin, adrelid)) as line
    from pg_attribute join pg_class on pg_class.oid = attrelid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
    union all
    select format('constraint %s on %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
    union all
    select format('index %s', indexdef) from pg_indexes where schemaname = 'public'
    union all
    select format('policy %s on %s %s for %s to %s using %s check %s', policyname, tablename, permissive, cmd, roles,
      coalesce(qual, 'none'), coalesce(with_check, 'none'))
    from pg_policies where schemaname = 'public'
    union all
    select format('%s %s row security %s, forced %s', relkind, relname, relrowsecurity, relforcerowsecurity)
    from pg_class where relnamespace = 'public'::regnamespace
    union all
    select format('trigger %s', pg_get_triggerdef(pg_trigger.oid))
    from pg_trigger join pg_class on pg_class.oid = tgrelid
    where relnamespace = 'public'::regnamespace and not tgisinternal
    union all
    select format('function %s', oid::regprocedure) from pg_proc where pronamespace = 'public'::regnamespace`;
  return rows.map(({ line }) => line).sort();
}
