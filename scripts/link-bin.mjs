// Makes `npx patchcord` work inside the checkout: npm links the commands of dependencies, never those of the project itself.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './runtime.mjs';

const link = join(root, 'node_modules', '.bin', 'patchcord');
mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
rmSync(link, { force: true });
symlinkSync('../../bin/patchcord.mjs', link);
chmodSync(join(root, 'bin', 'patchcord.mjs'), 0o755);
