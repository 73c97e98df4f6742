import { expect, it } from 'vitest';
import type { Logger } from './contract.ts';
import { numberlessLogger } from './numberless-logger.ts';

it('hides the middle of outside numbers wherever they stand, and nothing else', () => {
  const lines: string[] = [];
  const say = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = numberlessLogger({ debug: say, info: say, warn: say, error: say });
  logger.warn(
    {
      why: 'no such phone: "+79161234567"',
      err: new Error('PHONE 89161234567 is wrong'),
      deep: { list: ['+442071234567.'] },
    },
    'for +79161234567',
  );
  expect(lines[0]).not.toMatch(/79161234567|89161234567|442071234567/);
  expect(lines[0]).toContain('for +7916***4567');
  const plain = {
    callId: 'main-1763629260.17',
    extension: '101',
    id: 'c-79161234567',
    port: 8090,
    at: '1763629260123',
    tookMs: 79_161_234_567,
  };
  logger.info(plain, 'as it is');
  expect(lines[1]).toBe(`as it is ${JSON.stringify(plain)}`);
});
