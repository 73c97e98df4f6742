// The CRMs that Patchcord speaks to. A new one is its folder and one line here.
import { bitrix24 } from './bitrix24/adapter.ts';
import type { Adapter } from './contract.ts';
import { localAdapter } from './local/adapter.ts';
import { webhookAdapter } from './webhook/adapter.ts';

export const adapters: readonly Adapter[] = [bitrix24, localAdapter, webhookAdapter];
