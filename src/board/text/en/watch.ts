import { countEnglish } from '../../format.js';

export const enWatch = {
  reason: (text: string) => `This is one of the reasons to go back: ${text}`,
  rule: (name: string, saw: string, since: string, lasted: string) => `${name}: ${saw}, since ${since} (${lasted})`,
  ruleAtOnce: (name: string, saw: string) => `${name}: ${saw}`,
  alert: (name: string, saw: string, since: string) => `alert ${name}${saw === '' ? '' : `: ${saw}`}, firing since ${since}`,
  over: (name: string, lasted: string) => `Good again after ${lasted}: ${name}.`,
  notice: (title: string, text: string) => `${title}: ${text}. No reason to go back by itself.`,
  unread: (title: string, name: string, saw: string, since: string) => `${title}: nobody can tell whether "${name}" is good, since ${since}: ${saw}.`,
  more: (title: string) => `${title}: there are more reasons than are told here one by one. The alerts are all in Alertmanager, the rules in status.`,
  /** In the thread of a run that is live already. */
  another: 'One more reason',

  ended: (title: string, run: string, duration: string) => `${title}: the watch after run ${run} is over, ${duration}.`,
  removed: (title: string, run: string) => `${title}: the watch after run ${run} ended early: planb.yaml no longer has it.`,
  quiet: (rules: number) => (rules === 1 ? 'Its rule was good all the time.' : `Its ${rules} rules were good all the time.`),
  summary: (name: string, held: number, brief: number, longest: string) =>
    `${name}: ${[...(held === 0 ? [] : [`held ${countEnglish(held, 'time', 'times')}`]), ...(brief === 0 ? [] : [`was briefly bad ${countEnglish(brief, 'time', 'times')}`])].join(', ')}, ${longest} at the longest`,
  stillBad: (name: string, since: string, saw: string) => `${name}: STILL BAD since ${since}: ${saw}`,
  neverRead: (name: string, saw: string) => `${name}: could not be read: ${saw}`,
  kept: (until: string) => `The old server stays until ${until}.`,
  keepOver: (title: string, run: string, command: string) => `${title}: the old server was kept long enough after run ${run}. Once nobody needs it any more: ${command} done ${run}.`,
  concluded: (run: string) => `Run ${run} is done: the old server may go.`,
  concludedNote: 'Called it done: the old server is no longer kept.',

  status: (title: string, run: string, until: string) => `${title}: watched after run ${run} until ${until}`,
  statusGood: (rules: number) => `${countEnglish(rules, 'rule', 'rules')}, all good`,
  statusBad: (name: string, since: string, saw: string) => `${name} BAD since ${since}: ${saw}`,
  statusUnread: (name: string, since: string, saw: string) => `${name} cannot be read since ${since}: ${saw}`,
  statusKept: (title: string, run: string, until: string) => `${title}: the old server of run ${run} is kept until ${until}`,
  statusKeptOver: (title: string, run: string) => `${title}: the old server of run ${run} waits to be let go`,

  raised: (source: 'rule' | 'alert', name: string, person: string) => `raised by ${source} ${name}, in ${person}'s name`,
  preapproved: (source: 'rule' | 'alert', name: string) => `PRE-APPROVED BY POLICY (${source === 'rule' ? 'watch rule' : 'alert'} "${name}")`,
  preapprovedNotice: (subject: string, policy: string) => `${subject}: STARTS WITHOUT VOTES, ${policy}. `,
  stopIt: ': Stop it on the board if it should not.',
};

/** The words of watches. */
export type WatchWords = typeof enWatch;
