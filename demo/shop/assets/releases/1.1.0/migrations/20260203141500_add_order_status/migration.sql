-- AlterTable
ALTER TABLE "orders" ADD COLUMN "status" TEXT NOT NULL DEFAULT 'paid';

-- CreateIndex
CREATE INDEX "orders_status_idx" ON "orders"("status");
