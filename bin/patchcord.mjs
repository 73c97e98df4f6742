#!/usr/bin/env node
import { join } from 'node:path';
import { become, findNode, root } from '../scripts/runtime.mjs';

const node = findNode();
if (!node) {
  console.error('patchcord: this Node is too old and the project is not set up yet. Run: npm run setup');
  process.exit(1);
}
become(node, [join(root, 'src/cli/main.ts'), ...process.argv.slice(2)]);
