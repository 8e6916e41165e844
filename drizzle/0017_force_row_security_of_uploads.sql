ALTER TABLE "upload_sessions" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "upload_report_pieces" FORCE ROW LEVEL SECURITY;
