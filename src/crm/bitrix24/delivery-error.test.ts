import { expect, test } from 'vitest';
import { asDeliveryError } from './delivery-error.ts';
import { PortalError, type PortalErrorKind } from './portal.ts';

test.each([
  ['refused', 'NO_CONNECTION', 'down'],
  ['refused', 'NO_FILE', 'retry'],
  ['refused', 'CANCELLED', 'retry'],
  ['uncertain', 'NO_ANSWER', 'retry'],
  ['limit', 'QUERY_LIMIT_EXCEEDED', 'down'],
  ['limit', 'OPERATION_TIME_LIMIT', 'retry'],
  ['auth', 'INVALID_CREDENTIALS', 'down'],
  ['scope', 'insufficient_scope', 'retry'],
  ['down', 'OVERLOAD_LIMIT', 'down'],
  ['domain', '', 'rejected'],
  ['bug', 'ERROR_ARGUMENT', 'rejected'],
] as const satisfies [PortalErrorKind, string, string][])('%s %s is %s', (kind, code, failure) => {
  const error = asDeliveryError(new PortalError(kind, code, 'text', { mend: 'mend', retryAfterMs: 7 }));
  expect(error).toMatchObject({ kind: failure, mend: 'mend', retryAfterMs: 7 });
});

test('an uncertain one leaves the portal time to end what it may have begun; what is not the portal’s stays what it is', () => {
  expect(asDeliveryError(new PortalError('uncertain', '', 'text'))).toMatchObject({ retryAfterMs: 5000 });
  const other = new Error('ours');
  expect(asDeliveryError(other)).toBe(other);
});
