// How calls are made for people who click: `pbx[].dial`.
import { z } from 'zod';
import { marked, text } from './marks.ts';
import { isPatternSyntax } from './pattern-syntax.ts';

const pattern = text().refine(isPatternSyntax, 'is no pattern such as 1XX, _8NXXXXXXXXX, [2-4]X. or trunk*');

const country = z.string().regex(/^([A-Z]{2}|\*)$/, 'must be the two capital letters of a country, or *');

/** What a dialplan calls its contexts and extensions; nothing that Asterisk would read as something else. */
const context = text(80).regex(/^[A-Za-z0-9_.-]+$/, 'must be letters, digits, _ . and -');

const placeholders = ['extension', 'number', 'line', 'context'];

/** A text with {placeholders}, each of them known. */
function template(max: number, allowed: RegExp, said: string) {
  return text(max)
    .regex(allowed, said)
    .refine(
      (value) => [...value.matchAll(/\{([^}]*)\}/g)].every(([, name = '']) => placeholders.includes(name)),
      `may hold {${placeholders.join('}, {')}} and no other placeholder`,
    );
}

const channel = template(
  200,
  /^(PJSIP|SIP|IAX2|SCCP|DAHDI|Local)\/[A-Za-z0-9_.@:/{}-]+$/,
  'must be a channel such as PJSIP/{extension} or Local/{extension}@from-internal',
).refine((value) => value.includes('{extension}'), 'must hold {extension}');

const header = text(200).regex(
  /^[A-Za-z][A-Za-z-]*: [ -~]+$/,
  'must be a header such as Call-Info: <sip:pbx>;answer-after=0',
);

const caller = z.enum(['client', 'operator']);

const variables = z
  .record(
    z.string().regex(/^_{0,2}[A-Za-z][A-Za-z0-9_]{0,60}$/, 'must be the name of a variable'),
    template(200, /^[ -~]*$/, 'must be printable ASCII'),
  )
  .refine((all) => Object.keys(all).length <= 30, 'has more than 30 variables');

const operatorRule = z.strictObject({
  match: marked(pattern, 'Pattern of the extensions that it applies to', { sample: '2XX' }),
  channel: marked(channel.optional(), 'Their phone', { sample: 'Local/{extension}@from-internal' }),
  context: marked(context.optional(), 'Where their calls go out', { sample: 'from-internal' }),
  shows: marked(caller.optional(), 'What their phone shows while it rings', { sample: 'operator' }),
  autoAnswer: marked(header.nullable().optional(), 'Header by which their model of phone answers by itself', {
    sample: 'Alert-Info: <http://localhost>;info=alert-autoanswer',
  }),
  account: marked(text(80).optional(), 'Account code of their calls', { sample: 'sales' }),
});

const lineRule = z.strictObject({
  match: marked(pattern, 'Pattern of the lines that it applies to, as the CRM or the API names them', {
    sample: '_7495XXXXXXX',
  }),
  context: marked(context, 'Where calls by this line go out', { sample: 'from-internal-moscow' }),
});

export const dialSchema = z.strictObject({
  channel: marked(channel.default('PJSIP/{extension}'), 'The phone of an operator, which rings first'),
  context: marked(context.default('from-internal'), 'Context of the dialplan in which the number is dialled then'),
  shows: marked(
    caller.default('client'),
    'What the operator’s phone shows while it rings, as number: the client, or the operator itself with the client as name (FreePBX applies its outbound rules of an extension only then)',
  ),
  operatorRingSec: marked(
    z.int().min(5).max(120).default(20),
    'How long the operator’s phone rings. Keep it shorter than what leads to voicemail when the channel is Local/…',
  ),
  autoAnswer: marked(
    header.optional(),
    'Header by which the operator’s phone answers by itself; which one depends on the phone',
    { sample: 'Call-Info: <sip:pbx>;answer-after=0' },
  ),
  account: marked(text(80).optional(), 'Account code of the calls, for CDR', { sample: 'click' }),
  variables: marked(
    variables.optional(),
    'More variables for the dialplan; a name that begins with __ goes on to the channels that are dialled',
    { sample: { __CLICK_LINE: '{line}' } },
  ),
  operators: marked(
    z.array(operatorRule).max(200).default([]),
    'What is different for some operators. The first that matches is applied',
  ),
  lines: marked(
    z.array(lineRule).max(200).default([]),
    'Where calls go out when a line is named. The first that matches is applied, before that of the operator',
  ),
  countries: marked(
    z.array(country).max(300).default([]),
    'Countries whose numbers may be dialled besides those of the setting region; * for all',
    { sample: ['KZ', 'BY'] },
  ),
  allow: marked(
    z.array(pattern).max(500).default([]),
    'Numbers that may be dialled whatever else is said. Without it short, internal, emergency, premium and satellite numbers are refused. Compared with every form of the number',
    { sample: ['1XX'] },
  ),
  deny: marked(z.array(pattern).max(500).default([]), 'Numbers that are never dialled', {
    sample: ['_+7809XXXXXXX'],
  }),
  repeatSec: marked(
    z.int().min(0).max(60).default(5),
    'A second click on the same number by the same operator within this time is the first one again',
  ),
  perMinute: marked(z.int().min(1).max(600).default(20), 'Calls that one operator may have made within a minute'),
});

/** How one PBX makes calls. */
export type DialSettings = z.output<typeof dialSchema>;
