// Recordings of calls: where an Asterisk leaves them, and what is made of them.
import { z } from 'zod';
import { marked, text } from './marks.ts';
import { timeZone } from './time-zone.ts';

const asteriskFolder = text(1000).regex(/^\/[^\0]*[^/\0]$/, 'must be a whole path, without / at the end');

/** Placeholders of `names`; anything else in braces is a mistake. */
const namePlaceholders = new Set(['yyyy', 'mm', 'dd', 'linkedid']);
/** Placeholders of `fileName`. */
const fileNamePlaceholders = new Set(['date', 'time', 'operator', 'number', 'line', 'direction', 'id']);

/** Where one Asterisk leaves its recordings. */
export const pbxRecordingsSchema = z.strictObject({
  folders: marked(
    z
      .array(
        z.strictObject({
          asterisk: marked(asteriskFolder, 'The folder as Asterisk names it', {
            sample: '/var/spool/asterisk/monitor',
          }),
          here: marked(
            text(1000),
            'The same folder as this machine sees it (a mount, a copy); nothing outside is read',
            {
              sample: '/mnt/pbx/monitor',
            },
          ),
        }),
      )
      .min(1, 'needs at least one folder')
      .max(20),
    'Folders into which this Asterisk records',
  ),
  names: marked(
    z
      .array(
        text(300)
          .refine(isRelative, 'must be a path within the folder, without .. and not beginning with /')
          .refine((name) => hasOnly(name, namePlaceholders), 'may hold {yyyy}, {mm}, {dd} and {linkedid} in braces')
          .refine((name) => !/\*.*\//.test(name), 'may hold * in the name of the file only'),
      )
      .max(20)
      .default(['{yyyy}/{mm}/{dd}/*-{linkedid}.*']),
    'Where a recording is looked for when Asterisk did not tell its file: day of the call, its linkedid, * for anything',
  ),
  timeZone: marked(
    timeZone.optional(),
    'Time zone of the days in these names and in the names that we give; without it, that of this machine',
    { sample: 'Europe/Moscow' },
  ),
});

/** What is made of recordings. */
export const recordingsSchema = z
  .strictObject({
    folder: marked(text(1000).default('data/recordings'), 'Folder in which recordings are kept as mp3'),
    stereo: marked(
      z.boolean().default(false),
      'Keep the two sides of a two-channel recording apart; otherwise they are mixed',
    ),
    kbitPerSec: marked(
      z.literal([16, 24, 32, 40, 48, 64]).default(24),
      'Size of an mp3, in kbit/s for one channel: 24 is 11 MB for an hour',
    ),
    fileName: marked(
      text(150)
        .refine((name) => hasOnly(name, fileNamePlaceholders), `may hold {${[...fileNamePlaceholders].join('}, {')}}`)
        .refine(
          (name) => name.includes('{id}') && name.includes('{time}'),
          'must hold {time} and {id}, so that no two are the same',
        )
        .refine((name) => !/[/\\\0]/.test(name), 'must not hold / or \\')
        .default('{date}-{time}_{operator}_{number}_{id}'),
      'Name of a recording, without its extension; the folder of its day is put in front',
    ),
    giveUpAfterMin: marked(
      z.int().min(1).max(10_080).default(30),
      'How long a recording that is not there yet is waited for, in minutes',
    ),
  })
  .prefault({});

export type PbxRecordingsSettings = z.output<typeof pbxRecordingsSchema>;

function isRelative(name: string): boolean {
  return !name.startsWith('/') && !name.split('/').includes('..') && !name.includes('\0');
}

function hasOnly(name: string, known: ReadonlySet<string>): boolean {
  return [...name.matchAll(/\{([^}]*)\}/g)].every(([, word = '']) => known.has(word));
}
