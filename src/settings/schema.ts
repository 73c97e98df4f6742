// patchcord.yaml: everything that is needed to start. One schema, from which come the validation, the sample, the page of
// documentation and the view without secrets.
import { z } from 'zod';
import { celColumns } from './cel-columns.ts';
import { crmSchemaWith, type AdapterSettings, type CrmSettings } from './crm.ts';
import { dialSchema } from './dial.ts';
import { marked, needsOneOf, notBoth, text } from './marks.ts';
import { isPatternSyntax } from './pattern-syntax.ts';
import { pbxRecordingsSchema, recordingsSchema } from './recordings.ts';
import { timeZone } from './time-zone.ts';

const pattern = text().refine(isPatternSyntax, 'is no pattern such as 1XX, _8NXXXXXXXXX, [2-4]X. or trunk*');

const listen = text().refine(
  isListenAddress,
  'must be an address and a port such as 127.0.0.1:8090, [::1]:8090 or :8090',
);

const databaseUrl = text(1000).refine(
  (url) => /^sqlite:.+/.test(url) || /^postgres(ql)?:\/\/[^/]+\/.+/.test(url),
  'must be sqlite:<file> or postgres://user:password@host/database',
);

const pastUrl = text(1000).refine(
  (url) => /^(mysql|postgres|postgresql):\/\/[^/]+\/.+/.test(url) || /^sqlite:.+/.test(url),
  'must be mysql://user:password@host/database, postgres://user:password@host/database or sqlite:<file>',
);

const cdrColumns = [
  'id',
  'calldate',
  'clid',
  'src',
  'dst',
  'dcontext',
  'channel',
  'dstchannel',
  'lastapp',
  'lastdata',
  'duration',
  'billsec',
  'disposition',
  'amaflags',
  'accountcode',
  'uniqueid',
  'userfield',
  'linkedid',
  'peeraccount',
  'sequence',
  'did',
  'recordingfile',
  'cnum',
  'cnam',
  'outbound_cnum',
  'outbound_cnam',
  'dst_cnam',
] as const;

const columnName = text(64).regex(/^[A-Za-z_][A-Za-z0-9_$]*$/, 'is no column name');

const columnsOf = (names: readonly string[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, columnName.optional()])));

const tableName = text(130).regex(
  /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/,
  'is no table name (letters, digits and _; a schema in front with a dot)',
);

const urlOrCsv = needsOneOf('url', 'csv');
const secretOrFile = needsOneOf('secret', 'secretFile');
const keyOrFile = notBoth('secretKey', 'secretKeyFile');

/** Where rows of the past are: a table, or a file that Asterisk writes. */
const pastSource = (what: 'CEL' | 'CDR', table: string, columns: readonly string[]) =>
  z
    .strictObject({
      url: marked(pastUrl.optional(), `Database that holds the ${what} table`, {
        secret: 'password',
        sample: 'mysql://patchcord:password@127.0.0.1/asteriskcdrdb',
      }),
      csv: marked(text(1000).optional(), `Instead of a database: the file that Asterisk's ${what} writes as CSV`, {
        insteadOf: 'url',
        sample: what === 'CEL' ? '/var/log/asterisk/cel-custom/Master.csv' : '/var/log/asterisk/cdr-csv/Master.csv',
      }),
      table: marked(tableName.default(table), 'Name of the table'),
      columns: marked(
        columnsOf(columns).default({}),
        'Names of columns that differ from the usual ones: usual name, then yours',
        {
          sample: what === 'CEL' ? { eventtime: 'event_time' } : { calldate: 'start' },
        },
      ),
      timeZone: marked(timeZone.optional(), 'Time zone of the times in it; without it, that of this machine', {
        sample: 'Europe/Moscow',
      }),
    })
    .refine(urlOrCsv.check, urlOrCsv.told);

const pbx = z
  .strictObject({
    name: marked(
      text(32).regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be small letters, digits, - and _'),
      'How this Asterisk is called in calls and in the API. Do not change it later: call ids are made of it',
      { sample: 'main' },
    ),
    host: marked(
      text(255).regex(/^[^\s/@]+$/, 'must be a host name or an address'),
      'Host of the manager interface (AMI)',
      {
        sample: '127.0.0.1',
      },
    ),
    port: marked(z.int().min(1).max(65_535).default(5038), 'Port of the manager interface'),
    username: marked(text(80), 'Manager user, a section of manager.conf', { sample: 'patchcord' }),
    secret: marked(
      text(1000).optional(),
      'Its secret. Better: ${PATCHCORD_AMI_SECRET}, taken from the environment, or secretFile',
      {
        secret: true,
        sample: '${PATCHCORD_AMI_SECRET}',
      },
    ),
    secretFile: marked(text(1000).optional(), 'Instead of secret: a file whose first line is the secret', {
      insteadOf: 'secret',
      sample: '/run/secrets/patchcord-ami',
    }),
    tls: marked(
      z.boolean().default(false),
      'Connect with TLS (tlsenable in manager.conf; the port is then usually 5039)',
    ),
    tlsCaFile: marked(
      text(1000).optional(),
      'Certificate (PEM) to trust: Asterisk usually has one that it signed itself',
      {
        sample: '/etc/asterisk/keys/ca.crt',
      },
    ),
    trunks: marked(z.array(pattern).default([]), 'Devices that are trunks. Found out from Asterisk; these overrule', {
      sample: ['trunk*'],
    }),
    extensions: marked(
      z.array(pattern).default([]),
      'Devices that are extensions. Found out from Asterisk; these overrule',
      {
        sample: ['1XX'],
      },
    ),
    dial: marked(
      dialSchema.optional(),
      'Calls that are ordered by a click. Without it none are made. The manager user needs the write rights originate and call',
    ),
    recordings: marked(
      pbxRecordingsSchema.optional(),
      'Where its recordings are. Without it: in /var/spool/asterisk/monitor of this machine',
    ),
    cel: marked(
      pastSource('CEL', 'cel', ['id', ...celColumns]).optional(),
      'Channel event log: what happened while Patchcord was away',
    ),
    cdr: marked(
      pastSource('CDR', 'cdr', cdrColumns).optional(),
      'Call detail records: copied row by row for those who pull them',
    ),
  })
  .refine(secretOrFile.check, secretOrFile.told);

const mobile = z.strictObject({
  number: marked(
    text(40).refine(isNumberOrPattern, 'is neither a number nor a pattern such as 8123456XXXX'),
    'Its number in any form, or a pattern such as 8123456XXXX',
    { sample: '+79990001122' },
  ),
  extension: marked(
    text(40).nullable().default(null),
    'Whose it is; null when it is an employee’s but not known whose',
    {
      sample: '101',
    },
  ),
});

const rewriteRule = z.strictObject({
  match: marked(pattern, 'Pattern of the numbers that it applies to', { sample: '_8NXXXXXXXXX' }),
  strip: marked(z.int().min(0).max(40).default(0), 'How many characters to take off the front', { sample: 1 }),
  add: marked(
    z
      .string()
      .regex(/^\+?[0-9*#]{0,20}$/, 'may hold digits, * and #, with a + in front')
      .default(''),
    'What to put in front then',
    { sample: '+7' },
  ),
});

const rewriteRules = z.array(rewriteRule).default([]);

/** The schema of the whole file, with the connections that these adapters can make. */
export const settingsSchemaWith = (adapters: readonly AdapterSettings[]) =>
  z
    .strictObject({
      listen: marked(listen.default('127.0.0.1:8090'), 'Address and port of the web page and the API'),
      data: marked(text(1000).default('data'), 'Folder for what is kept beside the database, such as the API token'),
      database: marked(
        databaseUrl.default('sqlite:data/patchcord.db'),
        'Where calls are kept: sqlite:<file>, or postgres://user:password@host/database',
        { secret: 'password' },
      ),
      region: marked(
        z
          .string()
          .refine(isCountry, 'must be the two capital letters of a country, such as RU, KZ or GB')
          .default('RU'),
        'Country whose numbers come without a country code (ISO 3166)',
      ),
      internalNumbers: marked(
        z.array(pattern).default([]),
        'Numbers that stay inside the PBX. With none given: every number of up to 6 digits',
        { sample: ['1XX', '2XXX'] },
      ),
      pbx: marked(z.array(pbx).default([]), 'The Asterisk servers. With none given, a demo PBX plays'),
      crm: marked(crmSchemaWith(adapters), 'The CRMs that calls go to; several of one kind are possible'),
      publicUrl: marked(
        text(1000)
          .regex(
            /^https?:\/\/[^/\s@?#]+(\/[^\s?#]*[^/\s?#])?$/,
            'must be an address such as https://calls.example.com, without / at the end',
          )
          .optional(),
        'Where a CRM reaches Patchcord from outside: for its clicks on numbers and for playing recordings',
        { sample: 'https://calls.example.com' },
      ),
      secretKey: marked(
        text(1000).min(32, 'must be at least 32 characters').optional(),
        'Key that encrypts what CRMs entrust to us (tokens). Without it, one is made in the file secret.key of the folder data. The same for all processes of one database',
        { secret: true, sample: '${PATCHCORD_SECRET_KEY}' },
      ),
      secretKeyFile: marked(text(1000).optional(), 'Instead of secretKey: a file whose first line is the key', {
        insteadOf: 'secretKey',
        sample: '/run/secrets/patchcord-key',
      }),
      mobiles: marked(z.array(mobile).default([]), 'Mobiles of employees: a call to one is a call to its owner'),
      rewrite: marked(
        z
          .strictObject({
            fromPbx: marked(
              rewriteRules,
              'What the trunk gave, into what is kept and shown. The first rule that matches is applied',
            ),
            toPbx: marked(
              rewriteRules,
              'The number that is to be called (+79161234567), into what the dialplan takes. Without a rule that matches: the digits',
            ),
          })
          .prefault({}),
        'Rules for numbers',
      ),
      recordings: marked(recordingsSchema, 'Recordings of calls: found, made into one mp3 for each call, and kept'),
      log: marked(
        z
          .strictObject({
            level: marked(
              z.enum(['error', 'warn', 'info', 'debug', 'trace']).default('info'),
              'The least important that is written',
            ),
            maskNumbers: marked(z.boolean().default(true), 'Hide the middle of outside numbers in the log'),
          })
          .prefault({}),
        'The log, on standard error output',
      ),
    })
    .refine((settings) => new Set(settings.pbx.map((one) => one.name)).size === settings.pbx.length, {
      path: ['pbx'],
      message: 'has two with the same name',
      params: { mend: 'Give each Asterisk its own name' },
    })
    .refine(namesItsPbxs, {
      path: ['crm'],
      message: 'has a connection whose pbxs names no pbx',
      params: { mend: 'Give names that stand under pbx[].name' },
    })
    .refine(keyOrFile.check, keyOrFile.told);

/** The same for a program that knows no CRM. */
export const settingsSchema = settingsSchemaWith([]);

type Parsed = z.output<ReturnType<typeof settingsSchemaWith>>;
type ParsedPbx = Parsed['pbx'][number];

/** One Asterisk; the secret is there, wherever it came from. */
export type PbxSettings = Omit<ParsedPbx, 'secret' | 'secretFile'> & { readonly secret: string };
/** Where CEL or CDR rows are. */
export type PastSettings = NonNullable<ParsedPbx['cel']>;
/** Settings as the program uses them: complete, paths absolute, secrets filled in. */
export type Settings = Omit<Parsed, 'pbx' | 'crm' | 'secretKeyFile'> & {
  readonly pbx: readonly PbxSettings[];
  readonly crm: readonly CrmSettings[];
};
/** Settings as the file has them. */
export type SettingsFile = Parsed;

function namesItsPbxs({ pbx, crm }: { pbx: readonly { name: string }[]; crm: readonly CrmSettings[] }): boolean {
  const names = new Set(pbx.map(({ name }) => name));
  return crm.every(({ pbxs }) => pbxs?.every((name) => names.has(name)) ?? true);
}

function isNumberOrPattern(value: string): boolean {
  return /^\+?[0-9 ()-]+$/.test(value) || (/^[_+0-9XZN[\].!-]+$/.test(value) && isPatternSyntax(value));
}

function isListenAddress(value: string): boolean {
  const [, port] = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):([0-9]{1,5})$/.exec(value) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}

function isCountry(value: string): boolean {
  if (!/^[A-Z]{2}$/.test(value)) return false;
  // An old or colloquial code such as UK has a name too, but the locale knows it by another one.
  const known = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(value) !== undefined;
  return known && new Intl.Locale(`und-${value}`).region === value;
}
