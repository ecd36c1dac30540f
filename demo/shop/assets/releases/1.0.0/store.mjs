import pg from 'pg';

/** The shop's queries. `onIdleError` hears of connections that die while nobody uses them. */
export function createStore(databaseUrl, onIdleError) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, connectionTimeoutMillis: 3_000, application_name: 'shop 1.0.0' });
  pool.on('error', onIdleError);

  return {
    /** Fails when a table or column that this release needs is missing. */
    async check() {
      await pool.query('SELECT id, sku, title, price_cents, stock FROM products LIMIT 1');
      await pool.query('SELECT id, customer_id, product_id, quantity, total_cents, status FROM orders LIMIT 1');
    },

    async listProducts() {
      const { rows } = await pool.query('SELECT id, sku, title, price_cents, stock FROM products ORDER BY id');
      return rows;
    },

    async listOrders() {
      const { rows } = await pool.query('SELECT id, customer_id, product_id, quantity, total_cents, status FROM orders ORDER BY id DESC LIMIT 20');
      return rows;
    },

    /** Takes the stock and writes the order in one statement, so that two buyers cannot both have the last piece. */
    async checkout({ customerId, productId, quantity = 1 }) {
      const { rows } = await pool.query(
        `WITH taken AS (
           UPDATE products SET stock = stock - $3 WHERE id = $2 AND stock >= $3 AND $3 > 0 RETURNING price_cents
         )
         INSERT INTO orders (customer_id, product_id, quantity, total_cents)
         SELECT $1, $2, $3, price_cents * $3 FROM taken
         RETURNING id, total_cents, status`,
        [customerId, productId, quantity],
      );
      if (rows.length === 0) throw Object.assign(new Error('no such product, or not enough of it in stock'), { status: 409 });
      return rows[0];
    },

    close: () => pool.end(),
  };
}
