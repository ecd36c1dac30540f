import { actionPlaces } from '../../../jobs/actions/define-action.js';
import { actions } from '../../../jobs/actions/registry.js';
import { readRunbookText } from '../../../adapters/files/load-runbook.js';
import type { CliServices } from '../../../adapters/cli/services.js';

/** The real actions and the real files: nothing about checking is imitated. */
export const realFiles: Pick<CliServices, 'readRunbook' | 'actionSchemas' | 'actionPlaces'> = {
  readRunbook: readRunbookText,
  actionPlaces: () => actionPlaces(actions),
  actionSchemas: () => new Map([...actions].map(([name, action]) => [name, action.input])),
};
