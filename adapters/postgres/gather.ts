/** What waits for its answer. */
interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface Gathering<Request, Answer> {
  /** Several at once; the answers in their order. */
  readonly send: (requests: readonly Request[]) => Promise<readonly Answer[]>;
  /** Of requests with the same key one is under way at a time. */
  readonly key: (request: Request) => string;
  /** Statements under way at the same time. */
  readonly atOnce: number;
  /** Requests in one of them. */
  readonly most: number;
  /** Whether a failure may be one request's fault: then each is sent once more alone. */
  readonly isOfOne: (error: unknown) => boolean;
}

/**
 * Sends a request at once while few are under way, else together with all that came meanwhile: a lone one waits for nobody, and with many at once they share round trips and commits. Who was answered
 * together with others asks again together with them: the first of them does not leave before the others have come. Where a failure may be the fault of one of them, each is sent once more alone, so that nobody answers for another's.
 */
export function gather<Request, Answer>({ send, key, atOnce, most, isOfOne }: Gathering<Request, Answer>): (request: Request) => Promise<Answer> {
  let waiting: Waiting<Request, Answer>[] = [];
  let statements = 0;
  /** The last answer was one of several. */
  let crowded = false;
  let gathering = false;
  const underWay = new Set<string>();

  const take = (): readonly Waiting<Request, Answer>[] => {
    const taken = new Map<string, Waiting<Request, Answer>>();
    const left: Waiting<Request, Answer>[] = [];
    for (const one of waiting) {
      const its = key(one.request);
      if (taken.size < most && !taken.has(its) && !underWay.has(its)) taken.set(its, one);
      else left.push(one);
    }
    waiting = left;
    return [...taken.values()];
  };

  const sendAll = async (all: readonly Waiting<Request, Answer>[]): Promise<void> => {
    try {
      const answers = await send(all.map(({ request }) => request));
      all.forEach((one, index) => {
        const answer = answers[index];
        if (answer === undefined) one.reject(new Error('a request that was sent together with others was not answered'));
        else one.resolve(answer);
      });
    } catch (error) {
      if (all.length > 1 && isOfOne(error)) for (const one of all) await sendAll([one]);
      else for (const one of all) one.reject(error);
    }
  };

  const next = (): void => {
    while (statements < atOnce) {
      const taken = take();
      if (taken.length === 0) return;
      const keys = taken.map(({ request }) => key(request));
      statements += 1;
      for (const one of keys) underWay.add(one);
      void sendAll(taken).finally(() => {
        statements -= 1;
        for (const one of keys) underWay.delete(one);
        crowded = taken.length > 1;
        soon();
      });
    }
  };

  const soon = (): void => {
    if (!crowded) {
      next();
    } else if (!gathering) {
      gathering = true;
      setImmediate(() => { gathering = false; next(); });
    }
  };

  return (request) => new Promise((resolve, reject) => {
    waiting.push({ request, resolve, reject });
    soon();
  });
}
