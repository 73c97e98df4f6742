// Bitrix24: calls, cards, leads, tasks and records into a portal, and clicks on numbers out of it.
import type { z } from 'zod';
import type { Adapter } from '../contract.ts';
import { callOptions } from './call-options.ts';
import { capabilities } from './capabilities.ts';
import { Bitrix24Connection } from './connection.ts';
import { serversOf } from './oauth.ts';
import { openPortal } from './portal-open.ts';
import { bitrix24Settings } from './settings.ts';

const settings = bitrix24Settings.safeExtend(callOptions);
export type Bitrix24AllSettings = z.output<typeof settings>;

export const bitrix24: Adapter<typeof settings> = {
  type: 'bitrix24',
  title: 'Bitrix24',
  settings,
  capabilities,
  servers: serversOf,
  open: (given) => new Bitrix24Connection(given, given.settings, openPortal(given)),
};
