import type { Node } from 'libpg-query';
import type { MigrationEffects, SchemaObject } from './effects.js';

type Found = Omit<SchemaObject, 'schema' | 'of'> & { readonly schema?: string | undefined; readonly of?: string | undefined };

/** Collects what the statements of one migration do. */
export interface EffectList {
  readonly creates: (object: Found) => void;
  readonly removes: (object: Found) => void;
  readonly breaking: (text: string) => void;
  readonly caution: (text: string) => void;
  readonly leavesTransaction: () => void;
  readonly finish: () => MigrationEffects;
}

export function collectEffects(): EffectList {
  const creates: SchemaObject[] = [];
  const removes: SchemaObject[] = [];
  const breaking = new Set<string>();
  const cautions = new Set<string>();
  let transactional = true;
  return {
    creates: (object) => creates.push(exact(object)),
    removes: (object) => removes.push(exact(object)),
    breaking: (text) => breaking.add(text),
    caution: (text) => cautions.add(text),
    leavesTransaction: () => {
      transactional = false;
    },
    finish: () => ({ creates, removes, breaking: [...breaking], cautions: [...cautions], transactional }),
  };
}

function exact({ kind, schema, of, name }: Found): SchemaObject {
  return { kind, name, ...(schema === undefined ? {} : { schema }), ...(of === undefined ? {} : { of }) };
}

/** The parts of a possibly qualified name. */
export function nameList(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** `[schema, name]` of a name's parts. */
export function qualified(parts: readonly string[]): { readonly schema: string | undefined; readonly name: string } {
  return { schema: parts.length > 1 ? parts.at(-2) : undefined, name: parts.at(-1) ?? '' };
}
