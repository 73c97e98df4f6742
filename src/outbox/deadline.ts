/** An encoder may take a quarter of an hour; whoever takes longer hangs. */
const workMsMax = 1_800_000;
/** What it has after the abort. */
const graceMs = 10_000;

export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/**
 * A worker that hangs must not keep its place, and everything behind its call, for ever: it is aborted after half an hour, and left to itself
 * when it does not come to an end even then.
 * @throws TookTooLong
 */
export async function withinDeadline<T>(work: Promise<T>, abort: AbortController): Promise<T> {
  const aborting = setTimeout(() => abort.abort(new TookTooLong('the worker takes too long')), workMsMax);
  let leaving: NodeJS.Timeout | undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leaving = setTimeout(() => reject(new TookTooLong('the worker did not come to an end')), workMsMax + graceMs);
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    clearTimeout(aborting);
    clearTimeout(leaving);
  }
}
