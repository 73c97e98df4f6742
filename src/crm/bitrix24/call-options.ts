// Settings of a portal that say how calls are told to it; those that say how it is reached are in settings.ts.
import { z } from 'zod';
import { marked, text } from '../../settings/marks.ts';

const fieldName = text(64).regex(/^(UF_CRM_[A-Z0-9_]+|[A-Z][A-Z0-9_]*)$/, 'is no field name such as UF_CRM_WAITING');

export const callOptions = {
  language: marked(z.enum(['ru', 'en']).default('ru'), 'Language of the titles and notices that we write there'),
  events: marked(
    z.enum(['auto', 'url', 'poll', 'none']).default('auto'),
    'How clicks on numbers reach us: url (the portal calls publicUrl), poll (we ask it, for a PBX behind NAT), none; auto takes url when publicUrl is set, else poll',
  ),
  chat: marked(z.boolean().default(false), 'Each call also as a message in the employee’s chat of calls'),
  notifyMissed: marked(z.boolean().default(true), 'A notice to whoever gets the task for a missed call'),
  workingDay: marked(
    z.boolean().default(false),
    'Whose working day in Bitrix24 is closed gets no callbacks and no tasks for missed calls',
  ),
  keepLines: marked(z.boolean().default(true), 'Our lines become external lines of the portal'),
  recordBy: marked(
    z.enum(['upload', 'link']).default('upload'),
    'upload: we send the recording; link: the portal fetches it from publicUrl',
  ),
  withheldNumber: marked(
    text(20)
      .regex(/^\+?[0-9]+$/, 'must be digits')
      .default('0000000000'),
    'What a withheld number is registered as; the portal takes no call without one. Such a call gets no card and no lead',
  ),
  fields: marked(
    z
      .strictObject({
        waiting: marked(fieldName.optional(), 'Waiting time in seconds', { sample: 'UF_CRM_WAITING' }),
        line: marked(fieldName.optional(), 'Name of the line', { sample: 'UF_CRM_LINE' }),
        result: marked(fieldName.optional(), 'What came of the call', { sample: 'UF_CRM_RESULT' }),
      })
      .default({}),
    'Fields of the lead (or of the client’s entity) that get the waiting time in seconds, the line’s name and the result',
  ),
};

export type CallOptions = z.output<z.ZodObject<typeof callOptions>>;
