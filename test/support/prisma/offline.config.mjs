import { PrismaPg } from '@prisma/adapter-pg';

const url = new URL(process.env.DATABASE_URL ?? 'postgresql://nobody@127.0.0.1:1/none');
const schema = url.searchParams.get('schema') ?? 'public';
url.searchParams.delete('schema');

/** One connection, which keeps the advisory lock; `search_path` as the native engine sets it. */
const options = { connectionString: url.href, max: 1, allowExitOnIdle: true, options: `-c search_path="${schema.replaceAll(/[\\ ]/g, '\\$&')}"` };

function asTheNativeEngine(adapter) {
  // The adapter splits scripts at every semicolon. The native engine sends a script whole: one implicit transaction (facts.md).
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
  // The adapter of Prisma 7 does not know type "char", which the catalogues are full of; text says the same.
  const perform = adapter.performIO.bind(adapter);
  adapter.performIO = async (query) => {
    if (globalThis.printDifference !== undefined && !/^\s*(SELECT|WITH)\b/i.test(query.sql)) {
      globalThis.printDifference(query.sql);
      return { rows: [], rowCount: 0, fields: [] };
    }
    const { rows, rowCount, fields } = await perform(query);
    return { rows, rowCount, fields: fields.map((field) => (field.dataTypeID === 18 ? { ...field, dataTypeID: 25 } : field)) };
  };
  return adapter;
}

export default {
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => {
    const factory = new PrismaPg(options, { schema });
    const { connect, connectToShadowDb } = factory;
    factory.connect = async () => asTheNativeEngine(await connect.call(factory));
    factory.connectToShadowDb = async () => asTheNativeEngine(await connectToShadowDb.call(factory));
    return factory;
  },
};
