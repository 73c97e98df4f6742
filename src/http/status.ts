// How Patchcord's parts are: asked at most once a second, whoever asks, because /health needs no token.
import { z } from 'zod';

export const levels = ['ok', 'warning', 'error'] as const;

export const partStatusSchema = z
  .object({
    part: z.string().describe('Such as `database` or `pbx main`'),
    level: z.enum(levels),
    message: z.string().describe('What is the matter, in words'),
    mend: z.string().nullable().describe('What to do about it; null when nothing needs doing'),
  })
  .meta({ id: 'PartStatus' });

export type PartStatus = z.infer<typeof partStatusSchema>;
export type Level = PartStatus['level'];

const keepMs = 1000;
const deadlineMs = 5000;

export interface Status {
  level: Level;
  parts: PartStatus[];
}

/** Asks `parts` and keeps the answer for a second; a part that hangs or throws becomes an error of its own after 5 s, never an exception. */
export function statusReader(parts: () => Promise<PartStatus[]>, now: () => number): () => Promise<Status> {
  let kept: { atMs: number; status: Promise<Status> } | null = null;
  return () => {
    if (!kept || now() - kept.atMs >= keepMs) kept = { atMs: now(), status: ask(parts) };
    return kept.status;
  };
}

async function ask(parts: () => Promise<PartStatus[]>): Promise<Status> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<PartStatus[]>((resolve) => {
    timer = setTimeout(() => resolve([unknown(`no answer within ${deadlineMs / 1000} s`)]), deadlineMs);
  });
  const asked = parts().catch((error: unknown) => [unknown(error instanceof Error ? error.message : String(error))]);
  const answer = await Promise.race([asked, late]);
  clearTimeout(timer);
  return { level: worst(answer), parts: answer };
}

/** The level of the whole: that of its worst part. */
export function worst(parts: readonly PartStatus[]): Level {
  if (parts.some((part) => part.level === 'error')) return 'error';
  return parts.some((part) => part.level === 'warning') ? 'warning' : 'ok';
}

function unknown(message: string): PartStatus {
  return {
    part: 'status',
    level: 'error',
    message: `the parts could not be asked: ${message}`,
    mend: 'look in the log; restart Patchcord when it stays so',
  };
}
