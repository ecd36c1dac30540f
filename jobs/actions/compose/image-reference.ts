/** `[registry/]repository[:tag][@digest]`, or the id of an image. */
export interface ImageReference {
  /** Without tag and digest; empty for an image id. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** A tag cannot hold a slash, a colon or an at-sign, so a release name is told from a whole reference. */
const tagOnly = /^\w[\w.-]{0,127}$/;

export function isTag(text: string): boolean {
  return tagOnly.test(text);
}

export function parseImage(text: string): ImageReference {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return { repository: '', digest: text };
  const [name = '', digest] = text.split('@');
  // A colon before the last slash belongs to the registry's port.
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = colon === -1 ? name : name.slice(0, colon);
  return { repository, ...(colon === -1 ? {} : { tag: name.slice(colon + 1) }), ...(digest === undefined ? {} : { digest }) };
}

const dated = /(^|\D)20\d\d-?[01]\d-?[0-3]\d(\D|$)/;
const version = /(\d+)\.(\d+)\.(\d+)(.*)$/;

/**
 * Whether a tag can point elsewhere tomorrow: `latest`, `main`, `1.81`, and nightlies of any kind. Three numbers, a date or a commit stay.
 */
export function isMoving(tag: string): boolean {
  if (/nightly|latest|(^|[-.])(dev|edge|canary)\b/i.test(tag)) return true;
  return !version.test(tag) && !dated.test(tag) && !/^(sha-)?[0-9a-f]{7,40}$/.test(tag);
}

/**
 * Newest first: by version in any of the forms that are seen (`main-v1.81.14-stable.1`, `v1.74.9-stable.patch.1`, `1.89.4`), tags without one after them, by
 * when the image was made.
 */
export function compareTags(a: { readonly tag: string; readonly createdAt: number }, b: { readonly tag: string; readonly createdAt: number }): number {
  const left = version.exec(a.tag);
  const right = version.exec(b.tag);
  if (left === null || right === null) return left !== null ? -1 : right !== null ? 1 : b.createdAt - a.createdAt || b.tag.localeCompare(a.tag);
  for (const part of [1, 2, 3]) {
    const difference = Number(right[part]) - Number(left[part]);
    if (difference !== 0) return difference;
  }
  // `-rc.1` comes before the release, `-stable.1` after `-stable`.
  const order = (rest: string): number => (/^[-.]?(rc|alpha|beta|pre|dev|nightly)/i.test(rest) ? 0 : 1);
  return order(right[4] ?? '') - order(left[4] ?? '') || (right[4] ?? '').localeCompare(left[4] ?? '', 'en', { numeric: true }) || b.tag.localeCompare(a.tag);
}
