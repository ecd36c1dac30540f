/** Words that begin or join a command, in the order of design.md; none of them may name a target. */
export const requestWords = ['rollback', 'preflight', 'verify', 'repair', 'upgrade', 'migrate'] as const;
export const voteWords = ['approve', 'reject'] as const;
export const answerWords = ['retry', 'skip', 'done', 'failed', 'waive', 'here', 'stop'] as const;
export const glassWords = ['break-glass'] as const;
export const lookWords = ['targets', 'status', 'history', 'backups', 'whoami', 'help'] as const;
export const otherWords = ['run', 'unhold', 'note'] as const;
export const joiningWords = ['to', 'for', 'with', 'because'] as const;
export const scopeWords = ['app', 'migration', 'performance', 'security', 'other'] as const;

/** The first words of commands. */
export const commandWords: readonly string[] = [...requestWords, ...voteWords, ...answerWords, ...glassWords, ...lookWords, ...otherWords];

/** What a target must not be called: it could not be typed unmistakably. */
export const reservedWords: readonly string[] = [...commandWords, ...joiningWords, 'form', 'register'];

/**
 * Ids of people, groups, channels, targets and runbooks in planb.yaml. Lower case, so that typing one in capitals can still mean it; never
 * beginning with a dash, so that it is never taken for an option.
 */
export const idPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * A release as people say it: an image tag or reference, a chart revision, a version, a commit, a directory's name. ASCII without blanks or
 * quotes, never beginning with a dash or dot, so that it is safe as one argument of a program.
 */
export const releasePattern = /^[A-Za-z0-9][A-Za-z0-9._+@:/-]{0,127}$/;

/** Whether a text can name a release. `..` as a part of a path is refused: a directory's name must stay in its directory. */
export function isReleaseName(text: string): boolean {
  return releasePattern.test(text) && !text.split('/').includes('..');
}

/** A parameter of a runbook and its value, without blanks: `service=web`. A secret reference cannot be typed. */
export const parameterPattern = /^([a-z][A-Za-z0-9_]{0,39})=([^\s$]{1,128})$/;

/** A run as people type it, in capitals ("7KQ"). */
export const runPattern = /^[A-Z0-9][A-Z0-9-]{0,35}$/;
