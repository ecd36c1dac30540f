import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { lastLine } from '../run.js';

const causes: readonly { readonly code: string; readonly pattern: RegExp; readonly says: (found: RegExpExecArray) => string; readonly retryable?: boolean }[] = [
  // Helm asks for /version first and calls any failure of that "unreachable", a refused one too.
  {
    code: 'no-permission',
    pattern: /User "([^"]*)" cannot (\w+) resource "([^"]*)"(?:.*?API group "([^"]*)")?(?:.*?namespace "([^"]*)")?/,
    says: ([, user, verb, resource, group, namespace]) => `${user ?? 'planb'} may not ${verb ?? 'use'} ${resource ?? 'this'}${group ? ` of ${group}` : ''}${namespace ? ` in namespace ${namespace}` : ''}; its role needs verb "${verb ?? ''}" on "${resource ?? ''}"`,
  },
  { code: 'no-permission', pattern: /is forbidden|\(Forbidden\)|: forbidden/i, says: () => 'the cluster does not allow planb this; its role lacks a right' },
  { code: 'not-logged-in', pattern: /Unauthorized|must be logged in|asked for the client to provide credentials/i, says: () => 'the cluster does not accept planb\'s credentials; they may have expired' },
  { code: 'no-such-context', pattern: /context "([^"]*)" does not exist|no context exists with the name: "([^"]*)"/, says: (found) => `the kubeconfig has no context "${found[1] ?? found[2] ?? ''}"` },
  { code: 'no-such-release', pattern: /Error: release: not found/, says: () => 'Helm knows no such release or revision in this namespace' },
  { code: 'not-found', pattern: /Error from server \(NotFound\): (.*)/, says: ([, what]) => what ?? 'not found' },
  {
    code: 'cluster-unreachable', retryable: true,
    pattern: /cluster unreachable|connection refused|connection to the server .* was refused|Unable to connect to the server|no such host|i\/o timeout|TLS handshake timeout|connection reset|: EOF|unexpected EOF|ServiceUnavailable|currently unable to handle the request/i,
    says: () => 'the Kubernetes API server does not answer',
  },
  { code: 'not-ready', pattern: /timed out waiting for the condition|context deadline exceeded/, says: () => 'it did not become ready in time' },
];

/** What Helm or kubectl failed with, as one sentence. The message is not masked yet. */
export function explainFailure(program: string, outcome: ProgramOutcome): ActionError {
  if (outcome.notFound) return new ActionError(`${program}-missing`, `there is no ${program} command on this machine; install it`);
  if (outcome.timedOut) return new ActionError('timed-out', `${program} did not end in time`, { retryable: true });
  for (const { code, pattern, says, retryable = false } of causes) {
    const found = pattern.exec(outcome.output);
    if (found !== null) return new ActionError(code, says(found), { retryable });
  }
  return new ActionError(`${program}-failed`, lastLine(outcome.output) || outcome.summary);
}
