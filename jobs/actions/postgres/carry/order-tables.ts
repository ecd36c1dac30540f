import { ActionError } from '../../action-error.js';
import type { CarriedTable } from './carried-table.js';

/**
 * Parents before their children. What may be deferred to the end of the transaction is, and rows of one table come in one statement, so neither asks for an order. Throws ActionError `cycle`.
 */
export function orderTables(tables: readonly CarriedTable[]): readonly CarriedTable[] {
  const names = new Set(tables.map(({ to }) => to.name));
  const ordered: CarriedTable[] = [];
  let left = tables;
  while (left.length > 0) {
    const done = new Set(ordered.map(({ to }) => to.name));
    const ready = left.filter(({ to }) => to.references.every(({ name, deferrable }) => deferrable || name === to.name || !names.has(name) || done.has(name)));
    if (ready.length === 0) throw new ActionError('cycle', `${left.map(({ said }) => said).join(', ')} refer to one another in a circle by foreign keys that cannot be deferred, so none of them can come first`);
    ordered.push(...ready);
    left = left.filter((table) => !ready.includes(table));
  }
  return ordered;
}
