import { describe, expect, it } from 'vitest';
import { broken } from './rules.ts';
import { importsOf, sources } from './sources.ts';

describe('the sources', () => {
  const all = sources();

  it('are found', () => {
    expect(all.length).toBeGreaterThan(50);
    expect(all.map(({ path }) => path)).toContain('src/calls/call.ts');
  });

  it('keep the rules', () => {
    expect(all.flatMap(broken)).toEqual([]);
  });
});

// The checks themselves, each with something to find: a check that finds nothing anywhere proves nothing.
describe('the check', () => {
  // Apart from the dot before them, or this very file would be found to leave tests out.
  const [word, leave, matcher] = ['only', 'skip', 'toMatchObject'];

  it.each([
    ['src/ami/x.ts', "import { a } from '../http/server.ts';", 'ami must not import http'],
    ['src/calls/x.ts', "export type { A } from\n  '../store/store.ts';", 'calls must not import store'],
    ['src/http/x.ts', "const m = await import('../cli/main.ts');", 'http must not import cli'],
    ['src/http/x.ts', "import '../main.ts';", 'http must not import main.ts'],
    ['src/pbx/x.ts', "import type {\n  A,\n  B,\n} from '../crm/x.ts';", 'pbx must not import crm'],
    ['src/misc/x.ts', '', 'is not in the order of folders'],
    ['src/pbx/x.ts', "import { a } from '../../lab/places.ts';", 'outside src'],
    ['src/pbx/x.ts', "import { a } from '../misc/a.ts';", 'is not in the order of folders'],
    ['src/calls/x.ts', "import { readFileSync } from 'node:fs';", 'must not import node:fs'],
    ['src/calls/x.ts', "import pino from 'pino';", 'must not import pino'],
    ['src/calls/x.ts', 'const nowMs = Date.now();', 'must not use Date.now('],
    ['src/phones/x.ts', 'if (Math.random() > 1) run();', 'must not use Math.random('],
    ['src/calls/x.ts', 'setTimeout(() => {}, 1);', 'must not use setTimeout('],
    ['src/http/x.ts', 'export default function a() {}', 'default export'],
    ['src/http/x.test.ts', `it.${word}('a', () => {});`, 'leaves tests out'],
    ['test/e2e/x.test.ts', `describe.concurrent.${leave}('a', () => {});`, 'leaves tests out'],
    ['src/http/x.test.ts', `expect(a).${matcher}({ ok: false, b: /c/ });`, 'matches anything'],
    ['lab/x.ts', 'a;\n'.repeat(401), 'has 401 lines'],
  ])('sees in %s: %j', (path, text, said) => {
    expect(broken({ path, text }).join('\n')).toContain(said);
  });

  it.each([
    ['src/http/x.ts', "import { a } from '../store/store.ts';\nimport { b } from './b.ts';\nimport { c } from 'zod';"],
    ['src/cli/start.ts', "const { run } = await import('../main.ts');"],
    ['src/main.ts', "import { a } from './http/server.ts';"],
    [
      'src/calls/x.ts',
      "// import { a } from '../http/server.ts';\n/* Date.now() */ import { createHash } from 'node:crypto';",
    ],
    ['src/calls/x.test.ts', "import { readFileSync } from 'node:fs';\nimport { a } from '../../test/traces.ts';"],
    ['src/calls/x.ts', 'const at = new Date(atMs).toISOString();'],
    ['test/e2e/x.test.ts', "describe.skipIf(reason)('a', () => {});"],
    ['src/http/x.test.ts', `expect(a).${matcher}({ b: expect.stringMatching(/c/) }); const c = { d: /e/ };`],
    ['lab/x.ts', 'a;\n'.repeat(400)],
  ])('lets %s pass: %j', (path, text) => {
    expect(broken({ path, text })).toEqual([]);
  });

  it('reads every form of import', () => {
    const text = `import a, { b } from './1.ts';
import type { C } from "./2.ts";
import './3.ts';
import * as d from './4.ts';
export * from './5.ts';
export {
  e,
  f,
} from './6.ts';
const g = await import('./7.ts');
import json from './8.json' with { type: 'json' };
// import x from './not.ts';
const text = "import y from './no.ts'";`;
    expect(importsOf(text).toSorted()).toEqual([
      './1.ts',
      './2.ts',
      './3.ts',
      './4.ts',
      './5.ts',
      './6.ts',
      './7.ts',
      './8.json',
    ]);
  });
});
