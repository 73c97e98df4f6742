import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { adapters } from '../crm/registry.ts';
import { defaultSettings, loadSettings, settingsFileName } from '../settings/load.ts';
import type { Settings } from '../settings/schema.ts';

export interface FoundSettings {
  readonly settings: Settings;
  /** Path of the file; null when there is none and all is by default. */
  readonly file: string | null;
}

/**
 * The settings of this run: the file that was named, else patchcord.yaml in this folder, else the defaults.
 * @throws SettingsError when a file is wrong, or the one that was named is not there
 */
export function findSettings(named: string | undefined): FoundSettings {
  if (named !== undefined) return { settings: loadSettings(named, process.env, adapters), file: named };
  if (existsSync(settingsFileName))
    return { settings: loadSettings(settingsFileName, process.env, adapters), file: settingsFileName };
  return { settings: defaultSettings(resolve('.')), file: null };
}
