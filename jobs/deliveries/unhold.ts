import { abortAfter } from '../abort-after.js';
import { membersOf, rosterOf } from '../../src/approval/roster.js';
import { unholdReply } from '../../src/board/replies.js';
import { readHold, removeHold } from '../actions/compose-hold.js';
import { composeProjects, withProject } from '../held.js';
import type { Handled, Sender } from './sender.js';

/** Removes the override of a held target, once its own files name what runs. */
export async function unhold(sender: Sender, id: string): Promise<Handled> {
  const { parts } = sender;
  const person = sender.person();
  if (!person.ok) return sender.refusal(person.refusal);
  const target = parts.config.targets[id];
  if (target === undefined) return sender.refusal({ code: 'unknown-target', details: { target: id, targets: Object.keys(parts.config.targets).join(', ') } });
  const requesters = membersOf(rosterOf(parts.config), target.requesters);
  if (!requesters.includes(person.value.id)) return sender.refusal({ code: 'not-a-requester', details: { target: id, requesters: requesters.join(', ') } });
  const lock = await parts.store.lockOf(id);
  if (lock !== undefined) return sender.refusal({ code: 'target-locked', details: { target: id, run: lock.run, since: new Date(lock.since).toISOString() } });
  const signal = abortAfter(20_000);
  try {
    const projects = await composeProjects(parts, target);
    const holds = (await Promise.all(projects.map((project) => withProject(parts, target, project, signal, (context) => readHold(context, project.folder, project.services))))).flatMap((hold) => hold ?? []);
    // All or none: half a target that is held is worse than either.
    const changes = holds.flatMap((hold) => hold.services.flatMap(({ change }) => change ?? []));
    if (changes.length > 0) return sender.answer('refused: file-names-another', { lines: [[`${changes.join('; ')}, then unhold again`]] });
    for (const project of projects) {
      const removed = await withProject(parts, target, project, signal, (context) => removeHold(context, project.folder, project.services));
      if (!removed.ok && removed.code === 'file-names-another') return sender.answer('refused: file-names-another', { lines: [[removed.message]] });
    }
    if (holds.length > 0) {
      await parts.store.saveHeld(id, undefined);
      return sender.answer(`unhold ${id}`, unholdReply(id, undefined, sender.view()));
    }
    return sender.refusal({ code: 'not-held', details: { target: id } });
  } catch (error) {
    return sender.answer('failed', { lines: [[parts.world.mask(error instanceof Error ? error.message : String(error))]] });
  }
}
