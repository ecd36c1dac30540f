import type { BackupProofState, BackupRecord } from '../ports/backups.js';
import { cleanReply, cleanText } from './clean.js';
import { languageOf, type Language } from './language.js';
import type { Line, Reply } from './model.js';
import type { ReplyView } from './reply-input.js';

/** What a person reads to the end. */
const mostLines = 10;

/** Backups of a target, newest first, as given: when, of which release, how large, proven or not, where. Of many the newest ones, and the newest proven one in any case. */
export function backupsReply(target: string, backups: readonly BackupRecord[], view: ReplyView): Reply {
  const language = languageOf(view.locale);
  const words = language.words.replies;
  if (backups.length === 0) return cleanReply({ lines: [[words.noBackups(target)]] });
  const proven = backups.find(isProven);
  const newest = backups.slice(0, mostLines);
  const shown = proven === undefined || newest.includes(proven) ? newest : [...newest.slice(0, -1), proven];
  const rest = backups.filter((backup) => !shown.includes(backup));
  const manyDatabases = new Set(backups.map(({ database }) => database.name)).size > 1;
  return cleanReply({ lines: [
    ...(proven === undefined ? [[{ bold: words.noneProven }]] : []),
    ...shown.map((backup) => backupLine(backup, manyDatabases, view, language)),
    ...(rest.length === 0 ? [] : [[words.moreBackups(rest.length, rest.filter(isProven).length)]]),
  ] });
}

function isProven({ proof, state }: BackupRecord): boolean {
  return proof.state === 'proven' && state === 'kept';
}

function backupLine(backup: BackupRecord, nameDatabase: boolean, view: ReplyView, { words, format }: Language): Line {
  const said = words.replies;
  const parts = [
    ...(backup.release === undefined ? [] : [said.ofRelease(backup.release)]),
    ...(nameDatabase ? [said.database(backup.database.name)] : []),
    format.bytes(backup.bytes),
    backup.state === 'kept' ? proofText(backup.proof) : said.filesGone,
    ...(backup.run === undefined ? [said.registered] : []),
    `${backup.machine}:${backup.folder}`,
  ];
  return [{ bold: format.date(backup.takenAt) }, ` ${parts.join(' · ')} · `, { code: backup.id }];

  function proofText(proof: BackupProofState): string {
    switch (proof.state) {
      case 'proven':
        return said.proven(format.time(proof.at, view.now));
      case 'not-provable':
        return `${said.proofs[proof.state]} (${cleanText(proof.why, 100)})`;
      case 'not-proven':
        return said.proofs[proof.state];
      default:
        throw new Error(`unreachable: ${JSON.stringify(proof satisfies never)}`);
    }
  }
}
