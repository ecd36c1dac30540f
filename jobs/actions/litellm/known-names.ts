import type { ActionContext } from '../../../src/ports/action.js';
import { readImageFiles } from '../docker/image-files.js';
import { packageAnywhere, packageCandidates } from '../docker/python-package.js';
import type { NamedImage } from '../docker/with-container.js';
import { namesIn } from './config-keys.js';

const wanted = { what: "LiteLLM's code", candidates: packageCandidates('litellm'), anywhere: packageAnywhere('litellm'), files: /\.py$/ };

/** Which of the names an image's LiteLLM knows: those that stand as words in its code. Undefined where the image holds none. The image is not started. */
export async function knownNames(context: ActionContext, image: NamedImage, names: Iterable<string>): Promise<ReadonlySet<string> | undefined> {
  const found = await readImageFiles(context, image, wanted);
  return found === undefined ? undefined : namesIn(textsOf(found.files), names);
}

function* textsOf(files: ReadonlyMap<string, Buffer>): Generator<string> {
  for (const bytes of files.values()) yield bytes.toString('utf8');
}
