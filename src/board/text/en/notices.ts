export const enNotices = {
  planReady: (subject: string, given: number, needed: number) => `${subject}: the plan waits for votes, ${given}/${needed}.`,
  replanned: (subject: string, given: number, needed: number) => `${subject}: the system changed, earlier votes are void. The fresh plan waits for votes, ${given}/${needed}.`,
  remaining: (subject: string, given: number, needed: number) => `${subject}: PAUSED half way, the system changed. The plan of what remains waits for votes, ${given}/${needed}.`,
  loses: (lost: string) => `LOST ${lost}.`,
  decideUntil: (time: string) => `, until ${time}.`,
  votesWanted: 'Vote: ',
  answerWanted: 'Decide: ',
  choices: (labels: string) => `: ${labels}?`,
  still: (text: string, since: string) => `STILL WAITING since ${since}: ${text}`,
  escalated: (text: string, since: string) => `NOBODY HAS ANSWERED since ${since}: ${text}`,
  drifted: (subject: string, differences: string) => `${subject}: the system is not what the plan saw (${differences}). The votes are void, a fresh plan is coming.`,
  driftedRunning: (subject: string, differences: string) => `${subject}: PAUSED, the system is not what the plan expects (${differences}). A plan of what remains is coming.`,
  changed: (title: string, release: string, time: string) => `${title}: ${release} IS BACK, seen ${time}.`,
  heldExplained: (release: string, line: string) => `It was taken back to ${release}, but ${line}. Someone has probably deployed.`,
  heldPlain: (release: string) => `It was taken back to ${release}. Someone has probably deployed.`,
  brokenGlass: (subject: string, who: string, reason: string) => `BREAK-GLASS: ${who} starts it alone · ${subject}: "${reason}".`,
  lookNow: ' Look at it now: ',
  stop: '.',
};

/** The words of the short messages that wake people. */
export type NoticeWords = typeof enNotices;
