import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** A container of a workload, as a manifest describes it. */
export interface ManifestContainer {
  readonly name: string;
  readonly image: string;
  /** Variables with a value of their own; those from secrets are not known here. */
  readonly env: Readonly<Record<string, string>>;
}

/** What runs pods. */
export interface ManifestWorkload {
  readonly kind: string;
  readonly name: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly ManifestContainer[];
}

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

const container = z.object({ name: z.string(), image: z.string().default(''), env: z.array(z.object({ name: z.string(), value: z.string().optional() })).nullish() });
const workload = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).nullish() }).nullish(),
    template: z.object({ spec: z.object({ containers: z.array(container) }) }),
  }),
});
const hook = z.object({ kind: z.string(), metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).nullish() }) });

/** The workloads of a manifest; what else it holds, and what is no YAML, is left out. */
export function readWorkloads(manifest: string): readonly ManifestWorkload[] {
  return documentsOf(manifest).flatMap((value) => {
    const parsed = workload.safeParse(value).data;
    if (parsed === undefined || !workloadKinds.has(parsed.kind)) return [];
    const containers = parsed.spec.template.spec.containers.map(({ name, image, env }) => ({
      name, image, env: Object.fromEntries((env ?? []).flatMap((variable) => (variable.value === undefined ? [] : [[variable.name, variable.value]]))),
    }));
    return [{ kind: parsed.kind, name: parsed.metadata.name, labels: parsed.spec.selector?.matchLabels ?? {}, containers }];
  });
}

export interface HookObject {
  readonly kind: string;
  readonly name: string;
  /** `pre-install`, `pre-rollback`, … */
  readonly events: readonly string[];
}

export function readHooks(manifest: string): readonly HookObject[] {
  return documentsOf(manifest).flatMap((value) => {
    const parsed = hook.safeParse(value).data;
    const events = (parsed?.metadata.annotations?.['helm.sh/hook'] ?? '').split(',').map((event) => event.trim()).filter((event) => event !== '');
    return parsed === undefined || events.length === 0 ? [] : [{ kind: parsed.kind, name: parsed.metadata.name, events }];
  });
}

/** The images by `Deployment/name/container`. */
export function imagesOf(workloads: readonly ManifestWorkload[]): Readonly<Record<string, string>> {
  return Object.fromEntries(workloads.flatMap((one) => one.containers.map(({ name, image }) => [`${one.kind}/${one.name}/${name}`, image])));
}

function documentsOf(manifest: string): readonly unknown[] {
  return parseAllDocuments(manifest).flatMap((document) => ('errors' in document && document.errors.length === 0 ? [document.toJS() as unknown] : []));
}
