/** Prisma takes the schema from its URL. */
export function schemaOfUrl(url: string): string {
  return new URLSearchParams(url.split('?', 2)[1]).get('schema') ?? 'public';
}
