import pg from 'pg';

/** The shop's queries, with coupons. `onIdleError` hears of connections that die while nobody uses them. */
export function createStore(databaseUrl, onIdleError) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, connectionTimeoutMillis: 3_000, application_name: 'shop 1.1.0' });
  pool.on('error', onIdleError);

  return {
    /** Fails when a table or column that this release needs is missing. */
    async check() {
      await pool.query('SELECT id, sku, title, price_cents, stock FROM products LIMIT 1');
      await pool.query('SELECT code, percent_off, expires_at FROM coupons LIMIT 1');
      await pool.query('SELECT id, customer_id, product_id, quantity, total_cents, status, coupon_code FROM orders LIMIT 1');
    },

    async listProducts() {
      const { rows } = await pool.query('SELECT id, sku, title, price_cents, stock FROM products ORDER BY id');
      return rows;
    },

    async listOrders() {
      const { rows } = await pool.query('SELECT id, customer_id, product_id, quantity, total_cents, status, coupon_code FROM orders ORDER BY id DESC LIMIT 20');
      return rows;
    },

    async countCouponsUsed() {
      const { rows: [row] } = await pool.query("SELECT count(*)::int AS used FROM orders WHERE coupon_code IS NOT NULL AND created_at > now() - interval '1 day'");
      return row.used;
    },

    async checkout({ customerId, productId, quantity = 1, coupon = null }) {
      const { rows } = await pool.query(
        `WITH taken AS (
           UPDATE products SET stock = stock - $3 WHERE id = $2 AND stock >= $3 AND $3 > 0 RETURNING price_cents
         ), rebate AS (
           SELECT coalesce(max(percent_off), 0) AS percent FROM coupons WHERE code = $4 AND (expires_at IS NULL OR expires_at > now())
         )
         INSERT INTO orders (customer_id, product_id, quantity, total_cents, coupon_code)
         SELECT $1, $2, $3, price_cents * $3 * (100 - rebate.percent) / 100, $4 FROM taken, rebate
         RETURNING id, total_cents, status, coupon_code`,
        [customerId, productId, quantity, coupon],
      );
      if (rows.length === 0) throw Object.assign(new Error('no such product, or not enough of it in stock'), { status: 409 });
      return rows[0];
    },

    close: () => pool.end(),
  };
}
