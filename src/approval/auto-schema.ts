import { z } from 'zod';
import { areHours } from './hours.js';

/** `approval.auto` of a target. No verdict is meant by default: whoever lets planb start by itself says what. */
export const autoSchema = z.strictObject({
  for: z
    .array(z.enum(['revert-only', 'clean-history', 'reverse-migrations', 'restore-backup', 'nothing-to-do'], 'expected a verdict that goes back: revert-only, clean-history, reverse-migrations, restore-backup'))
    .min(1, 'expected at least one verdict')
    .meta({ description: 'The verdicts that it lets through; a destructive plan only where its verdict says so.' }),
  hours: z
    .string()
    .refine(areHours, 'expected always, or hours with their time zone such as "09:00-18:00 Europe/Berlin" or "Mon-Fri 09:00-18:00 Europe/Berlin"')
    .meta({ description: 'When it counts: always, or hours on a zone\'s wall clock.' }),
  by: z.array(z.enum(['rules', 'alerts'])).min(1, 'expected at least one source').default(['rules']).meta({ description: 'Whose plans: those that the watch\'s rules ask for, or alerts.' }),
});
