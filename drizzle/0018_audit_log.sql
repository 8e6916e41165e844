CREATE TABLE "audit_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"action" text NOT NULL,
	"actor_id" uuid,
	"api_key_id" uuid,
	"subject" text,
	"details" jsonb,
	CONSTRAINT "audit_entries_sizes" CHECK (length("audit_entries"."action") <= 100 and length("audit_entries"."subject") <= 400)
);
--> statement-breakpoint
ALTER TABLE "audit_entries" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
-- The check of a foreign key reads both tables, as an owner for whom the policies hold too.
ALTER TABLE "workspaces" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "audit_entries" ADD CONSTRAINT "audit_entries_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "workspaces" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE INDEX "audit_entries_newest" ON "audit_entries" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);
--> statement-breakpoint
CREATE INDEX "audit_entries_by_age" ON "audit_entries" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "audit_entries_by_actor" ON "audit_entries" USING btree ("workspace_id","actor_id","created_at" DESC NULLS LAST);
--> statement-breakpoint
CREATE POLICY "audit_entries_owner" ON "audit_entries" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and nullif(current_setting('app.role', true), '') = 'OWNER');
--> statement-breakpoint
CREATE POLICY "audit_entries_record" ON "audit_entries" AS PERMISSIVE FOR INSERT TO public WITH CHECK ((actor_id is null or actor_id = nullif(current_setting('app.user_id', true), '')::uuid) and (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
        or exists (select from memberships where memberships.workspace_id = audit_entries.workspace_id and memberships.user_id = nullif(current_setting('app.user_id', true), '')::uuid)));
--> statement-breakpoint
CREATE POLICY "audit_entries_old_select" ON "audit_entries" AS PERMISSIVE FOR SELECT TO public USING (nullif(current_setting('app.upkeep', true), '') is not null and created_at < now() - interval '30 days');
--> statement-breakpoint
CREATE POLICY "audit_entries_old_delete" ON "audit_entries" AS PERMISSIVE FOR DELETE TO public USING (nullif(current_setting('app.upkeep', true), '') is not null and created_at < now() - interval '30 days');
--> statement-breakpoint
ALTER POLICY "users_visible" ON "users" TO public USING (id = nullif(current_setting('app.user_id', true), '')::uuid or email = nullif(current_setting('app.email', true), '')
        or exists (select from memberships where memberships.user_id = users.id and memberships.workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
        or exists (select from audit_entries where audit_entries.actor_id = users.id and audit_entries.workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid));
--> statement-breakpoint
ALTER TABLE "audit_entries" FORCE ROW LEVEL SECURITY;
