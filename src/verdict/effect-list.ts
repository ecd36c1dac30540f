import type { Node } from 'libpg-query';
import type { MigrationEffects, ObjectChange, SchemaKnowledge, SchemaObject } from './effects.js';
import type { PlacedStatement } from './script.js';

interface Manner {
  /** IF (NOT) EXISTS: its being so proves nothing. */
  readonly mayBe?: boolean;
  readonly repeatable?: boolean;
  readonly detail?: boolean;
  readonly columns?: readonly string[];
  readonly renamedFrom?: SchemaObject;
}

/** Collects what the statements of one migration do. */
export interface EffectList {
  readonly creates: (object: SchemaObject, manner?: Manner) => void;
  readonly removes: (object: SchemaObject, manner?: Manner) => void;
  readonly breaking: (text: string) => void;
  readonly caution: (text: string) => void;
  readonly leavesTransaction: () => void;
  /** Something of the statement cannot be looked for afterwards. */
  readonly leavesNoTrace: () => void;
  /** As a caution, and one that a second run would deserve as well. */
  readonly changesRows: (text: string) => void;
}

/** A statement being read. */
export interface Reading {
  readonly list: EffectList;
  readonly known: SchemaKnowledge;
  /** Where unqualified names lie. */
  readonly schema: string;
}

export function collectEffects(): { readonly listFor: (statement: PlacedStatement) => EffectList; readonly finish: () => MigrationEffects } {
  const changes: ObjectChange[] = [];
  const breaking = new Set<string>();
  const cautions = new Set<string>();
  let transactional = true;
  let complete = true;
  let changesRows = false;
  const note = (change: ObjectChange['change'], conditional: boolean) => (object: SchemaObject, { mayBe = false, repeatable = false, detail = false, columns = [], renamedFrom }: Manner = {}) => {
    changes.push({ change, object, sure: !mayBe && !conditional, repeatable, detail, columns, ...(renamedFrom === undefined ? {} : { renamedFrom }) });
  };
  return {
    listFor: ({ conditional }) => ({
      creates: note('creates', conditional),
      removes: note('removes', conditional),
      breaking: (text) => breaking.add(text),
      caution: (text) => cautions.add(text),
      leavesTransaction: () => {
        transactional = false;
      },
      leavesNoTrace: () => {
        complete = false;
      },
      changesRows: (text) => {
        changesRows = true;
        cautions.add(text);
      },
    }),
    finish: () => ({ changes, breaking: [...breaking], cautions: [...cautions], transactional, changesRows, complete }),
  };
}

/** The parts of a possibly qualified name. */
export function nameList(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** `[schema, name]` of a name's parts. `schema`: of an unqualified one. */
export function qualified(parts: readonly string[], schema: string): { readonly schema: string; readonly name: string } {
  return { schema: parts.length > 1 ? (parts.at(-2) ?? schema) : schema, name: parts.at(-1) ?? '' };
}

/** `OBJECT_MATVIEW` as people say it. */
export function kindName(kind: string | undefined): string {
  return (kind ?? 'object').replace(/^OBJECT_/, '').toLowerCase();
}
