CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"key_hash" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_hash_once" UNIQUE("workspace_id","key_hash"),
	CONSTRAINT "api_keys_role" CHECK ("api_keys"."role" in ('OWNER', 'EDITOR', 'READER')),
	CONSTRAINT "api_keys_hash" CHECK ("api_keys"."key_hash" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
-- The check of a foreign key reads both tables, as an owner for whom the policies hold too.
ALTER TABLE "workspaces" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "users" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_created_by" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "workspaces" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "users" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE INDEX "api_keys_by_creator" ON "api_keys" USING btree ("created_by");
--> statement-breakpoint
CREATE POLICY "api_keys_visible" ON "api_keys" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid or created_by = nullif(current_setting('app.user_id', true), '')::uuid);
--> statement-breakpoint
CREATE POLICY "api_keys_by_owner" ON "api_keys" AS PERMISSIVE FOR INSERT TO public WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and coalesce(nullif(current_setting('app.role', true), ''), 'OWNER') = 'OWNER');
--> statement-breakpoint
CREATE POLICY "api_keys_change" ON "api_keys" AS PERMISSIVE FOR UPDATE TO public USING ((workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and coalesce(nullif(current_setting('app.role', true), ''), 'OWNER') = 'OWNER') or (created_by = nullif(current_setting('app.user_id', true), '')::uuid and nullif(current_setting('app.role', true), '') is null)) WITH CHECK ((workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and coalesce(nullif(current_setting('app.role', true), ''), 'OWNER') = 'OWNER') or (created_by = nullif(current_setting('app.user_id', true), '')::uuid and nullif(current_setting('app.role', true), '') is null));
--> statement-breakpoint
ALTER TABLE "api_keys" FORCE ROW LEVEL SECURITY;
