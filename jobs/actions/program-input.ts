import { z } from 'zod';
import { findReferences } from '../../src/config/secret-reference.js';

/** A program and its arguments. Everyone on a machine can read a program's arguments, so no secret may be one (rule 6); `env` is for those. */
export const programInput = z
  .tuple([z.string().min(1)], z.string())
  .refine((program) => findReferences(program).length === 0, 'a secret may not stand among the arguments, which everyone on the machine can read; give it to the program in env');
