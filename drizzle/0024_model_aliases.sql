CREATE TABLE "model_aliases" (
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"artifact_id" uuid NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "model_aliases_workspace_id_name_pk" PRIMARY KEY("workspace_id","name"),
	CONSTRAINT "model_aliases_name_length" CHECK (length("model_aliases"."name") between 1 and 100)
);--> statement-breakpoint
ALTER TABLE "model_aliases" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "artifacts" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_in_workspace" UNIQUE("workspace_id","id");--> statement-breakpoint
ALTER TABLE "model_aliases" ADD CONSTRAINT "model_aliases_artifact" FOREIGN KEY ("workspace_id","artifact_id") REFERENCES "public"."artifacts"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "artifacts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "model_aliases_workspace" ON "model_aliases" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "model_aliases_write" ON "model_aliases" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER') WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER');--> statement-breakpoint
ALTER TABLE "model_aliases" FORCE ROW LEVEL SECURITY;