import { webApi } from '@slack/bolt';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ActorReader, type Sender } from '../../../adapters/slack/actor.js';
import type { Identity } from '../../../adapters/slack/identity.js';
import { webClientOptions } from '../../../adapters/slack/web-client.js';
import { startSlackAnswers } from './slack-answers.js';

const grid: Identity = { team: 'T1', botUser: 'U0', bot: 'B0', enterprise: 'E1' };
const single: Identity = { ...grid, enterprise: undefined };

/** What keeps a sender out, where users.info answers so. */
async function barredOf(identity: Identity, sender: Omit<Sender, 'user'>, answer: object): Promise<string | undefined> {
  const api = await startSlackAnswers(() => ({ body: answer }));
  try {
    const client = new webApi.WebClient('xoxb-1', webClientOptions(api.apiUrl, pino({ level: 'silent' })));
    return (await new ActorReader(client, Date.now).read({ user: 'U1', ...sender }, identity)).barred;
  } finally {
    await api.close();
  }
}

const inOrganisation = { team_id: 'T2', enterprise_user: { enterprise_id: 'E1' } };

test.each<[string, Identity, Omit<Sender, 'user'>, object, string | undefined]>([
  ['another workspace of the same organisation', grid, { team: 'T2', enterprise: 'E1' }, inOrganisation, undefined],
  ['the organisation named as the team', grid, { team: 'E1' }, inOrganisation, undefined],
  ['another organisation', grid, { team: 'T9', enterprise: 'E9' }, {}, 'other-workspace'],
  ['another organisation that only users.info tells of', grid, { team: 'T1' }, { team_id: 'T9', enterprise_user: { enterprise_id: 'E9' } }, 'other-workspace'],
  ['an organisation, seen from a single workspace', single, { team: 'T2', enterprise: 'E1' }, inOrganisation, 'other-workspace'],
  ['a Slack Connect stranger', single, { team: 'T1' }, { team_id: 'T1', is_stranger: true }, 'other-workspace'],
  ['a single-channel guest', single, { team: 'T1' }, { team_id: 'T1', is_ultra_restricted: true }, 'guest'],
  ['a workflow', single, { team: 'T1' }, { team_id: 'T1', is_workflow_bot: true }, 'bot'],
  ['Slackbot', single, { bot: 'B1' }, {}, 'bot'],
  ['a member', single, {}, { team_id: 'T1' }, undefined],
])('%s', async (_name, identity, sender, user, barred) => {
  expect(await barredOf(identity, sender, { ok: true, user })).toBe(barred);
});

// Asked again they would be answered the same: such a message is refused like any other stranger's, not kept for another try.
test.each(['user_not_found', 'user_not_visible'])('whom Slack calls %s is nobody of this workspace', async (error) => {
  expect(await barredOf(single, {}, { ok: false, error })).toBe('other-workspace');
});

test('whom Slack cannot look up now is not taken for a stranger', async () => {
  await expect(barredOf(single, {}, { ok: false, error: 'internal_error' })).rejects.toThrow('ask who a person is');
});
