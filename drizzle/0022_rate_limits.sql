CREATE TABLE "rate_limits" (
	"key" varchar(255) PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
ALTER TABLE "rate_limits" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY "rate_limits_upkeep" ON "rate_limits" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.upkeep', true), '') is not null) WITH CHECK (nullif(current_setting('app.upkeep', true), '') is not null);
--> statement-breakpoint
ALTER TABLE "rate_limits" FORCE ROW LEVEL SECURITY;
