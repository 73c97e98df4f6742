import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generatedPages } from '../../src/cli/docs.ts';
import { root } from './sources.ts';

const folder = join(root, 'docs/generated');
const mend = 'make it anew: npx patchcord docs docs/generated';

it.each(Object.entries(generatedPages()))('docs/generated/%s is what the code says', (name, text) => {
  expect(readFileSync(join(folder, name), 'utf8') === text ? 'up to date' : mend).toBe('up to date');
});

it('docs/generated holds nothing that no code makes', () => {
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(generatedPages()).toSorted());
});
