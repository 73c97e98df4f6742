// The CRMs that Patchcord speaks to. A new one is its folder and one line here.
import type { Adapter } from './contract.ts';

export const adapters: readonly Adapter[] = [];
