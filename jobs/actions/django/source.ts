import { z } from 'zod';
import { programInput } from '../program-input.js';

const reading = {
  /** DJANGO_SETTINGS_MODULE, where neither the image's environment nor manage.py tells it. */
  settings: z.string().min(1).optional(),
  /** Variables that the settings want before they can be imported. */
  env: z.record(z.string(), z.string()).optional(),
};
const python = z.string().min(1).default('python');

/** A release on this machine: a Python, and the folder of manage.py. */
const localSource = z.strictObject({ program: programInput, cwd: z.string().startsWith('/'), ...reading });
/** What a service of a compose project runs. */
const serviceSource = z.strictObject({ project: z.string().startsWith('/'), service: z.string().min(1), python, ...reading });
const imageSource = z.strictObject({ image: z.string().min(1), python, ...reading });

/** An image that runs elsewhere, in a cluster for instance: its manage.py runs in a container on this machine, which has to reach the databases, with `env` as the settings want it. */
const containerSource = imageSource.extend({ network: z.string().min(1).default('host') });

/** The running release: its migrations are read and reversed there. */
export const currentSource = z.union([serviceSource, localSource, containerSource]);
/** The older release: it is only read. */
export const targetSource = z.union([imageSource, localSource]);
export type LocalSource = z.output<typeof localSource>;
export type ServiceSource = z.output<typeof serviceSource>;
export type ImageSource = z.output<typeof imageSource>;
export type ContainerSource = z.output<typeof containerSource>;
export type CurrentSource = z.output<typeof currentSource>;

/** For fact keys and labels; holds no secret, since sources name none but in `env`. */
export function nameOf(source: CurrentSource | ImageSource): string {
  if ('image' in source) return source.image;
  return 'service' in source ? `${source.project}:${source.service}` : source.cwd;
}

/** Variables of a program that reads or runs the release. */
export function environmentOf({ settings, env = {} }: Pick<LocalSource, 'settings' | 'env'>): Readonly<Record<string, string>> {
  return { ...env, ...(settings === undefined ? {} : { DJANGO_SETTINGS_MODULE: settings }) };
}
