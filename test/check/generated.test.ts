import { expect, it } from 'vitest';
import { commandsPage } from './commands-page.ts';
import { settingsPage } from './settings-page.ts';

it('docs/generated/settings.md is what the schema says', async () => {
  await expect(settingsPage()).toMatchFileSnapshot('../../docs/generated/settings.md');
});

it('docs/generated/cli.md is what the commands say', async () => {
  await expect(commandsPage()).toMatchFileSnapshot('../../docs/generated/cli.md');
});
