ALTER TABLE "dataset_deletions" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "deletion_files" FORCE ROW LEVEL SECURITY;
