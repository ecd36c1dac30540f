import pg from 'pg';

const PRODUCTS = ['Espresso cup', 'Moka pot', 'Hand grinder', 'Paper filters', 'Gooseneck kettle', 'House blend 250 g', 'Decaf 250 g', 'Milk jug', 'Scale', 'Tamper'];
const FIRST_NAMES = ['Ada', 'Boris', 'Chloe', 'Dmitri', 'Elena', 'Farid', 'Grete', 'Hugo', 'Irina', 'Jonas', 'Katya', 'Luis'];
const LAST_NAMES = ['Abel', 'Berg', 'Costa', 'Dahl', 'Ertl', 'Fomin', 'Gruber', 'Haas', 'Ivanova', 'Jansen'];
const CUSTOMERS = FIRST_NAMES.length * LAST_NAMES.length;
const ORDERS = 1_500;

const OWN_TABLES = ['orders', 'customers', 'products', 'coupons', '_prisma_migrations'];

async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000, application_name: 'shop-prepare' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Drops the shop's tables. Refuses a database that holds any other table: a wrong URL must not cost anybody their data.
 *
 * @throws Error that names the foreign table.
 */
export async function emptyShopDatabase(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT (tablename = ANY ($1)) LIMIT 1",
      [OWN_TABLES],
    );
    const foreign = rows[0];
    if (foreign !== undefined) throw new Error(`The database given for the sample shop holds the table "${foreign.tablename}"; give it an empty one.`);
    await client.query(`DROP TABLE IF EXISTS ${OWN_TABLES.map((name) => `"${name}"`).join(', ')} CASCADE`);
  });
}

/**
 * Fills the tables that 1.0.0 created: the same rows every time. Three people registered twice, their address once in capitals: what
 * 1.1.0's unique index will stumble over.
 */
export async function seedShopDatabase(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO products (sku, title, price_cents, stock)
       SELECT 'SKU-' || lpad(n::text, 3, '0'), title, 490 + (n * 1170) % 8900, 50 + n FROM unnest($1::text[]) WITH ORDINALITY AS given(title, n)`,
      [PRODUCTS],
    );
    await client.query(
      `INSERT INTO customers (name, email, created_at)
       SELECT first || ' ' || last, lower(first) || '.' || lower(last) || '@example.com', timestamptz '2026-01-12 10:00Z' + (f * 10 + l) * interval '7 hours'
       FROM unnest($1::text[]) WITH ORDINALITY AS a(first, f), unnest($2::text[]) WITH ORDINALITY AS b(last, l)`,
      [FIRST_NAMES, LAST_NAMES],
    );
    await client.query("INSERT INTO customers (name, email) SELECT name, initcap(email) FROM customers WHERE id IN (7, 42, 99) ORDER BY id");
    await client.query(
      `INSERT INTO orders (customer_id, product_id, quantity, total_cents, status, created_at)
       SELECT customer, product, quantity, quantity * price_cents, CASE WHEN n % 9 = 0 THEN 'refunded' WHEN n % 4 = 0 THEN 'shipped' ELSE 'paid' END,
              timestamptz '2026-02-03 15:00Z' + n * interval '97 minutes'
       FROM (SELECT n, 1 + (n * 31) % $2::int AS customer, 1 + (n * 17) % $3::int AS product, 1 + n % 3 AS quantity FROM generate_series(1, $1::int) AS n) AS made
       JOIN products ON products.id = made.product`,
      [ORDERS, CUSTOMERS, PRODUCTS.length],
    );
    await client.query('COMMIT');
  });
}
