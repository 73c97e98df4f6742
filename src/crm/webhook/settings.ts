// The settings of a webhook: where our events go.
import { z } from 'zod';
import { factTypes } from '../../calls/facts.ts';
import { marked, needsOneOf, text } from '../../settings/marks.ts';
import { networkSettings } from '../network-settings.ts';

const either = needsOneOf('secret', 'secretFile');

export const webhookSettings = z
  .strictObject({
    url: marked(
      text(1000).refine(
        (value) => /^https?:\/\/[^/?#]/i.test(value) && URL.canParse(value),
        'must be an http or https address',
      ),
      'Address that every event is sent to, by POST as JSON',
      { secret: 'password', sample: 'https://crm.example.com/patchcord' },
    ),
    secret: marked(
      text(1000).min(16, 'must be at least 16 characters').optional(),
      'Secret that both sides know: it signs every event, so that the receiver knows that it is ours',
      { secret: true, sample: '${PATCHCORD_WEBHOOK_SECRET}' },
    ),
    secretFile: marked(text(1000).optional(), 'Instead of secret: a file whose first line is the secret', {
      insteadOf: 'secret',
      file: true,
      sample: '/run/secrets/patchcord-webhook',
    }),
    events: marked(
      z
        .array(z.enum(factTypes))
        .min(1, 'must name at least one')
        .default([...factTypes]),
      'Which events are sent; all unless told',
      { sample: ['call.started', 'call.answered', 'call.ended'] },
    ),
    concurrency: marked(
      z.int().min(1).max(16).default(4),
      'How many events may be on their way at once; those of one call always follow one another',
    ),
    ...networkSettings,
  })
  .refine(either.check, either.told);

export type WebhookSettings = z.output<typeof webhookSettings>;
