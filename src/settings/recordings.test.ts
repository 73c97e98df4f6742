import { describe, expect, it } from 'vitest';
import { readSettings } from './load.ts';

const pbx = 'pbx: [{name: main, host: pbx, username: patchcord, secret: s, recordings: ';
const read = (text: string) => readSettings(text, { file: '/etc/patchcord/patchcord.yaml', environment: {} });

describe('settings of recordings', () => {
  it('start from the folder of the settings file', () => {
    const settings = read(
      `${pbx}{folders: [{asterisk: /var/spool/asterisk/monitor, here: mnt/monitor}]}}]\nrecordings: {folder: rec}`,
    );
    expect(settings.recordings.folder).toBe('/etc/patchcord/rec');
    expect(settings.pbx[0]?.recordings?.folders).toEqual([
      { asterisk: '/var/spool/asterisk/monitor', here: '/etc/patchcord/mnt/monitor' },
    ]);
    expect(settings.pbx[0]?.recordings?.names).toEqual(['{yyyy}/{mm}/{dd}/*-{linkedid}.*']);
  });

  it.each([
    ['recordings: {fileName: "{date}_{number}"}', /\{time\} and \{id\}/],
    ['recordings: {fileName: "../{time}{id}"}', /must not hold \//],
    ['recordings: {fileName: "{time}{id}{name}"}', /may hold \{date\}/],
    ['recordings: {kbitPerSec: 23}', /16, 24, 32, 40, 48, 64/],
    ['recordings: {giveUpAfterMin: 0}', /from 1 to 10080/],
    [`${pbx}{folders: []}}]`, /at least one folder|must be a list/],
    [`${pbx}{folders: [{asterisk: monitor, here: /x}]}}]`, /whole path/],
    [`${pbx}{folders: [{asterisk: /a, here: /x}], names: ["../{dd}"]}}]`, /without \.\./],
    [`${pbx}{folders: [{asterisk: /a, here: /x}], names: ["*/{linkedid}.wav"]}}]`, /in the name of the file only/],
    [`${pbx}{folders: [{asterisk: /a, here: /x}], names: ["{uniqueid}.wav"]}}]`, /\{linkedid\} in braces/],
    [`${pbx}{folders: [{asterisk: /a, here: /x}], timeZone: Moscow}}]`, /time zone/],
  ])('refuse %s', (text, said) => {
    expect(() => read(text)).toThrow(said);
  });
});
