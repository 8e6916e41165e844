-- Row-level security holds for the owner of the tables too. A later migration that changes rows takes it off the table
-- first and puts it back: under the runner's row_security = off it would fail otherwise, instead of changing no row.
DO $$
DECLARE
  walled regclass;
BEGIN
  FOR walled IN
    SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity
  LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', walled);
  END LOOP;
END $$;
--> statement-breakpoint
-- Fails where row-level security does not hold for the role of the connection, or could be taken off by it. Every
-- transaction begins with this, since a pooler may have dropped the role. Who is a member of which role is looked up once
-- on each connection: it takes 0.2 ms.
CREATE FUNCTION "refuse_unsafe_role"() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  reason text;
BEGIN
  IF current_setting('app.checked_role', true) = current_user AND row_security_active('public.memberships'::regclass) THEN
    RETURN;
  END IF;
  SELECT CASE
    WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls))
      THEN 'is a superuser or has BYPASSRLS'
    WHEN bool_or(pg_has_role(current_user, relowner, 'MEMBER')) THEN 'owns tables or is a member of their owner'
    WHEN NOT bool_and(row_security_active(oid)) THEN 'reads tables whose row-level security is off'
  END INTO reason
  FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid);
  IF reason IS NOT NULL THEN
    RAISE EXCEPTION 'The role "%" of this connection %, so tenants would not be kept apart.', current_user, reason
      USING ERRCODE = 'TY001';
  END IF;
  PERFORM set_config('app.checked_role', current_user, false);
END $$;
