import type { InitAnswers, InitPerson, InitSetting } from './answers.js';

/** A first planb.yaml; comments say what to add next. */
export function renderConfig({ people, channel, target, approvals }: InitAnswers): string {
  const settings = Object.entries(target.with).map(([key, value]) => `      ${scalar(key)}: ${settingText(value)}`);
  const optional = (target.optional ?? []).map((line) => `      ${line}`);
  return `# planb: who may ask, who may approve, and what can be taken back. "planb check" judges this file.
# Secrets stay in the environment or in files: write \${env:NAME} or \${file:PATH} instead of them.

people:
${people.map(personLine).join('\n')}

groups:
  oncall: [${people.map(({ id }) => scalar(id)).join(', ')}]

channels:
  ops: { ${channelFields(channel)} }

targets:
  ${scalar(target.id)}:
    title: ${scalar(target.title)}
    environment: ${scalar(target.environment)}
    runbook: ${scalar(target.runbook)}
    channel: ops
    requesters: [oncall]
    approval: { people: ${approvals}, from: [oncall], expires: 30m, escalate: [oncall] }
    # Releases that it can go back to, newest first, where the runbook cannot find them out by itself:
    # releases: { run: [./releases.sh] }
${settings.length === 0 ? '' : `    with:\n${[...settings, ...optional].join('\n')}\n`}`;
}

/** A runbook to start from: one command of the user's own, and a check. */
export function renderRunbook({ target }: InitAnswers): string {
  return `# How ${target.id} is taken back. Put your own program in place of ./release.sh; "planb check" judges this file.
name: ${scalar(`${target.title} back to an earlier release`)}
kind: rollback
params:
  to: { type: release, required: true }
steps:
  - id: revert
    name: Put \${{ params.to }} back
    # A program and its arguments; no shell reads them.
    run: [./release.sh, "\${{ params.to }}"]
    effect: idempotent
    timeout-minutes: 10
  - id: healthy
    name: The service is healthy
    uses: http.check
    with: { url: "\${{ target.url }}", status: 200, within: 120s, hold: 10s }
`;
}

function personLine({ id, slack, telegram }: InitPerson): string {
  const accounts = [...(slack === undefined ? [] : [`slack: ${scalar(slack)}`]), ...(telegram === undefined ? [] : [`telegram: ${telegram}`])];
  // Nobody can be reached without an account; by code on the command line they can at least vote.
  const fields = accounts.length > 0 ? accounts : [`totp: "\${env:PLANB_TOTP_${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}}"`];
  return `  ${scalar(id)}: { ${fields.join(', ')} }`;
}

function channelFields({ slack, telegram, locale }: InitAnswers['channel']): string {
  return [
    ...(slack === undefined ? [] : [`slack: ${scalar(slack)}`]),
    ...(telegram === undefined ? [] : [`telegram: { chat: ${telegram.chat}${telegram.topic === undefined ? '' : `, topic: ${telegram.topic}`} }`]),
    `locale: ${locale}`,
  ].join(', ');
}

/** Words that YAML readers take for something else than text. */
const notText = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);

function settingText(value: InitSetting): string {
  if (typeof value === 'string') return scalar(value);
  return Array.isArray(value) ? `[${value.map((item: string) => scalar(item)).join(', ')}]` : String(value);
}

/** JSON's quoted text is YAML's too. */
function scalar(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(text) && !notText.has(text.toLowerCase()) ? text : JSON.stringify(text);
}
