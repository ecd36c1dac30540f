// Both adapters begin a board's title with the sign of its tone; some signs are followed by a variation selector.

/** The run is over, well or not. */
export function isOver(boardText: string): boolean {
  return /^(?:✅|❌|⏹)/u.test(boardText);
}

/** The run waits for a person's answer. */
export function isQuestion(boardText: string): boolean {
  return boardText.startsWith('❓');
}

/** The run ended verified: only then a board has this sign. */
export function isVerified(boardText: string): boolean {
  return boardText.startsWith('✅');
}

export function titleOf(boardText: string): string {
  return boardText.split('\n')[0] ?? '';
}
