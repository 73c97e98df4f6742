/** Aborts at the first SIGINT or SIGTERM; at the second the process ends at once, for one that does not want to. */
export function untilSignal(): AbortSignal {
  const told = new AbortController();
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => {
      // 128 + number is how a shell names an end by signal.
      if (told.signal.aborted) process.exit(128 + number);
      told.abort();
    });
  }
  return told.signal;
}
