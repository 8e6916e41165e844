CREATE TABLE "orphan_files" (
	"workspace_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "orphan_files_key" PRIMARY KEY("workspace_id","sha256")
);
--> statement-breakpoint
ALTER TABLE "orphan_files" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "orphan_files_workspace" ON "orphan_files" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);