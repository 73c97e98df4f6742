// The query of GET /calls: every condition of CallFilter by its own name, and the paging.
import { z } from 'zod';
import { directions, lostStages } from '../calls/call.ts';
import type { CallFilter, CallPage } from '../store/store.ts';
import { digits, flag, time, wholeNumber, words } from './parameters.ts';

export const maxPage = 200;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T, what: string) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` }).meta({ description: what });

export const callQuerySchema = z
  .strictObject({
    pbx: words('Name of the PBX').optional(),
    direction: oneOf(directions, 'Which way the call went').optional(),
    answered: flag('A person of ours and the client talked').optional(),
    missed: flag('true: inbound and not answered; false: everything else').optional(),
    open: flag('Still going on').optional(),
    lostStage: oneOf(lostStages, 'Where an unanswered inbound call ended').optional(),
    line: words('The number of ours that was called').optional(),
    trunk: words('The trunk that the call came or went by').optional(),
    extension: words('On any leg, or responsible').optional(),
    responsible: words('Extension of the responsible operator').optional(),
    number: digits('Any part of the client’s number').optional(),
    e164: z
      .string({ error: 'give it once' })
      .regex(/^\+\d{3,15}$/, 'must be a whole number such as +79990001122 (write the plus as %2B)')
      .meta({ description: 'The client’s whole number', pattern: undefined })
      .optional(),
    from: time('Started at or after').optional(),
    to: time('Started before').optional(),
    resultCode: wholeNumber(0, 999, 'SIP-style result').optional(),
    queue: words('Name of the queue').optional(),
    minTalkMs: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'Talked at least so long, in milliseconds').optional(),
    transferred: flag('Was transferred').optional(),
    recorded: flag('Has a recording').optional(),
    limit: wholeNumber(1, maxPage, 'Calls in a page; 50 unless told').optional(),
    before: words('`next` of the page before', 500).optional(),
  })
  .superRefine((query, context) => {
    if (query.from !== undefined && query.to !== undefined && query.from >= query.to) {
      context.addIssue({ code: 'custom', path: ['from'], message: 'must be before "to"' });
    }
  });

/** Splits the query into what the store takes. */
export function toFilter(query: z.infer<typeof callQuerySchema>): { filter: CallFilter; page: CallPage } {
  const { limit = 50, before, ...conditions } = query;
  const filter: CallFilter = Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined));
  return {
    filter,
    page: before === undefined ? { limit } : { limit, before },
  };
}
