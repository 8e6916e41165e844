CREATE TABLE "upload_report_pieces" (
	"session_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"piece" integer NOT NULL,
	"first" integer NOT NULL,
	"column_count" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "upload_report_pieces_key" PRIMARY KEY("session_id","piece"),
	CONSTRAINT "upload_report_pieces_order" CHECK ("upload_report_pieces"."piece" >= -1)
);
--> statement-breakpoint
ALTER TABLE "upload_report_pieces" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "upload_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid,
	"filename" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"part_size_bytes" bigint NOT NULL,
	"store_id" text,
	"options" jsonb NOT NULL,
	"idempotency_key" text,
	"status" text NOT NULL,
	"progress" double precision NOT NULL,
	"eta_seconds" double precision,
	"attempt" integer NOT NULL,
	"lost_attempts" integer NOT NULL,
	"last_seq" integer NOT NULL,
	"job_id" uuid,
	"dataset_id" uuid,
	"report" jsonb,
	"error_code" text,
	"error_message" text,
	"error_hint" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "upload_sessions_workspace_id" UNIQUE("workspace_id","id"),
	CONSTRAINT "upload_sessions_status" CHECK ("upload_sessions"."status" in ('RECEIVING', 'QUEUED', 'READING', 'DONE', 'REFUSED', 'FAILED', 'ABORTED')),
	CONSTRAINT "upload_sessions_progress" CHECK ("upload_sessions"."progress" between 0 and 1),
	CONSTRAINT "upload_sessions_sizes" CHECK ("upload_sessions"."size_bytes" >= 1 and "upload_sessions"."part_size_bytes" >= 1),
	CONSTRAINT "upload_sessions_counts" CHECK ("upload_sessions"."attempt" >= 0 and "upload_sessions"."lost_attempts" >= 0 and "upload_sessions"."last_seq" >= 0),
	CONSTRAINT "upload_sessions_end" CHECK (("upload_sessions"."status" in ('RECEIVING', 'QUEUED', 'READING')) = ("upload_sessions"."finished_at" is null)),
	CONSTRAINT "upload_sessions_result" CHECK (("upload_sessions"."status" = 'DONE') = ("upload_sessions"."dataset_id" is not null)
      and ("upload_sessions"."status" = 'REFUSED') = ("upload_sessions"."report" is not null)),
	CONSTRAINT "upload_sessions_failure" CHECK (("upload_sessions"."error_code" is null) = ("upload_sessions"."error_message" is null)
      and ("upload_sessions"."status" <> 'FAILED' or "upload_sessions"."error_code" is not null))
);
--> statement-breakpoint
ALTER TABLE "upload_sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "kind" text DEFAULT 'TRAINING' NOT NULL;--> statement-breakpoint
ALTER TABLE "upload_report_pieces" ADD CONSTRAINT "upload_report_pieces_session" FOREIGN KEY ("workspace_id","session_id") REFERENCES "public"."upload_sessions"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- The check of a foreign key reads both tables, as an owner for whom the policies hold too.
ALTER TABLE "workspaces" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "users" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "upload_sessions" ADD CONSTRAINT "upload_sessions_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upload_sessions" ADD CONSTRAINT "upload_sessions_created_by" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "users" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "upload_sessions_open" ON "upload_sessions" USING btree ("workspace_id","created_at" DESC NULLS LAST) WHERE "upload_sessions"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "upload_sessions_overdue" ON "upload_sessions" USING btree ("expires_at") WHERE "upload_sessions"."status" = 'RECEIVING';--> statement-breakpoint
CREATE INDEX "upload_sessions_finished" ON "upload_sessions" USING btree ("finished_at") WHERE "upload_sessions"."finished_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "upload_sessions_idempotency_key_once" ON "upload_sessions" USING btree ("workspace_id","idempotency_key") WHERE "upload_sessions"."finished_at" is null;--> statement-breakpoint
ALTER TABLE "workers" ADD CONSTRAINT "workers_kind" CHECK ("workers"."kind" in ('TRAINING', 'READING'));--> statement-breakpoint
CREATE POLICY "upload_report_pieces_workspace" ON "upload_report_pieces" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "upload_sessions_workspace" ON "upload_sessions" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "upload_sessions_overdue_select" ON "upload_sessions" AS PERMISSIVE FOR SELECT TO public USING (nullif(current_setting('app.upkeep', true), '') is not null and
  ((status = 'RECEIVING' and expires_at < now()) or finished_at < now() - interval '7 days'));--> statement-breakpoint
CREATE POLICY "upload_sessions_forgotten_delete" ON "upload_sessions" AS PERMISSIVE FOR DELETE TO public USING (nullif(current_setting('app.upkeep', true), '') is not null and finished_at < now() - interval '7 days');