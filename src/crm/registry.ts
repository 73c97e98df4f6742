// The CRMs that Patchcord speaks to. A new one is its folder and one line here.
import type { Adapter } from './contract.ts';
import { webhookAdapter } from './webhook/adapter.ts';

export const adapters: readonly Adapter[] = [webhookAdapter];
