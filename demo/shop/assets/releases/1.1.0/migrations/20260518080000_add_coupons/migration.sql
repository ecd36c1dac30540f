-- CreateTable
CREATE TABLE "coupons" (
    "code" TEXT NOT NULL,
    "percent_off" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ,

    CONSTRAINT "coupons_pkey" PRIMARY KEY ("code")
);
