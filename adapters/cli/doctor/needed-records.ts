import { z } from 'zod';
import type { Config, Target } from '../../../src/config.js';
import { readName } from '../../../src/dns/record.js';
import { channelContext, runContext, targetContext } from '../../../src/runbook/contexts.js';
import { resolveForInspection } from '../../../src/runbook/resolve-steps.js';
import type { Runbook } from '../../../src/runbook/runbook.js';
import type { NeededRecords } from './finding.js';

const inputSchema = z.object({ provider: z.string(), records: z.array(z.object({ name: z.string().transform((text) => readName(text) ?? text), type: z.enum(['A', 'AAAA', 'CNAME']).default('A') })) });

/** The records that a runbook's DNS steps name for a target. What a parameter decides is not known before there is a plan. */
export function neededRecords(config: Config, target: Target, runbook: Runbook): readonly NeededRecords[] {
  const channel = config.channels[target.channel];
  const contexts = { target: targetContext(target, runbook), channel: channel === undefined ? {} : channelContext(channel), run: runContext({ id: 'doctor' }, undefined), params: {} };
  return runbook.steps.filter(({ uses }) => uses === 'dns.switch' || uses === 'dns.ttl').flatMap((step) => {
    const { if: _always, ...always } = step;
    const resolved = resolveForInspection({ ...runbook, steps: [always] }, contexts);
    return resolved.ok ? resolved.steps.flatMap(({ with: given }) => inputSchema.safeParse(given).data ?? []) : [];
  });
}
