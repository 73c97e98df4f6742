import { adapters } from '../crm/registry.ts';
import { sampleSettings } from '../settings/sample.ts';
import { redactSettings } from '../settings/redact.ts';
import { printableJson } from './printable.ts';
import { findSettings } from './settings-file.ts';
import type { Terminal } from './terminal.ts';

/** `patchcord config sample` */
export function configSample(terminal: Terminal): void {
  terminal.write(sampleSettings(adapters));
}

/**
 * `patchcord config check`
 * @throws SettingsError with every problem
 */
export function configCheck(options: { settings?: string; show?: boolean }, terminal: Terminal): void {
  const { settings, file } = findSettings(options.settings);
  if (options.show) terminal.line(printableJson(redactSettings(settings, adapters), 2));
  if (file === null) {
    terminal.note(
      'No patchcord.yaml here: all by default, and a demo PBX plays. Make one: patchcord config sample > patchcord.yaml',
    );
  } else {
    const names = settings.pbx.map(({ name }) => name).join(', ');
    terminal.note(
      `${file} is right; ${names === '' ? 'it names no Asterisk, so a demo PBX plays' : `Asterisk: ${names}`}`,
    );
  }
}
