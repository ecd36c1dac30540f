import { DnsError } from '../../src/ports/dns.js';
import { HostError } from '../../src/ports/host.js';
import { TargetDatabaseError } from '../../src/ports/target-database.js';
import type { StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';

/** A step that did not do its work. `retryable`: another try may help by itself. */
export function failed(code: string, message: string, options: { readonly retryable?: boolean; readonly tail?: string } = {}): StepResult {
  return { ok: false, retryable: options.retryable ?? false, error: { code, message, ...(options.tail === undefined ? {} : { tail: options.tail }) } };
}

/**
 * Runs `work` and turns operational errors into a failed step, their messages masked. Everything else, aborts and bugs, goes on up:
 * the engine has its own outcome for those.
 */
export async function failingInWords(mask: (text: string) => string, work: () => Promise<StepResult>): Promise<StepResult> {
  try {
    return await work();
  } catch (error) {
    // An unknown outcome is no failure: the engine settles it.
    if (error instanceof ActionError || error instanceof TargetDatabaseError || error instanceof DnsError || (error instanceof HostError && error.code !== 'outcome-unknown')) {
      return failed(error.code, mask(error.message), { retryable: error.retryable });
    }
    throw error;
  }
}
