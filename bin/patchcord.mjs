#!/usr/bin/env node
// Runs the command line on a Node that can: in this process when it is new enough, in one of that Node otherwise.
import module from 'node:module';
import { join } from 'node:path';
import { become, canRun, findNode, root } from '../scripts/runtime.mjs';

if (canRun) {
  // The second start is faster and needs less memory: the stripped sources are kept.
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'patchcord'));
  await import('../src/cli/main.ts');
} else {
  const node = findNode();
  if (!node) {
    console.error('patchcord: this Node is too old and the project is not set up yet. Run: npm run setup');
    process.exit(1);
  }
  become(node, [join(root, 'bin/patchcord.mjs'), ...process.argv.slice(2)]);
}
