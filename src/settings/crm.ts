// The list `crm`: each entry is a connection of one kind, with the settings that this kind's adapter declares.
import { z } from 'zod';
import { marked, text } from './marks.ts';

/** What the settings need to know of a CRM's adapter (crm/contract.ts); the settings know no adapter by themselves. */
export interface AdapterSettings {
  readonly type: string;
  /** For people. */
  readonly title: string;
  readonly settings: z.ZodObject;
}

/** One connection as its adapter gets it: secrets filled in, paths absolute, defaults applied. */
export interface CrmSettings {
  readonly name: string;
  readonly type: string;
  /** Names of the PBXs whose calls it gets; absent: all. */
  readonly pbxs?: readonly string[];
  readonly [key: string]: unknown;
}

/** Names of our own in deliveries and addresses. */
const reserved = new Set(['recordings']);

const connectionName = text(32)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be small letters, digits, - and _')
  .refine((name) => !reserved.has(name), {
    message: 'is a name of Patchcord’s own',
    params: { mend: 'Give it another name' },
  });

/** The schema of the whole list, for these adapters. */
export function crmSchemaWith(adapters: readonly AdapterSettings[]): z.ZodDefault<z.ZodType<CrmSettings[]>> {
  const [first, ...rest] = adapters.map(entryOf);
  // With no adapter there is no kind of connection that could be right.
  const entry = first === undefined ? z.never() : z.discriminatedUnion('type', [first, ...rest]);
  const list = z.array(entry).refine((all) => new Set(all.map(nameOf)).size === all.length, {
    message: 'has two with the same name',
    params: { mend: 'Give each connection its own name' },
  });
  // Each entry is the object that its adapter's schema made; what all of them have is what the type says.
  return (list as unknown as z.ZodType<CrmSettings[]>).default([]);
}

function entryOf(adapter: AdapterSettings) {
  const entry = z.strictObject({
    name: marked(
      connectionName,
      'How this connection is called in the API, in addresses and in the rules. Do not change it later: what was delivered is kept under it',
      { sample: adapter.type },
    ),
    type: marked(z.literal(adapter.type), adapter.title, { sample: adapter.type }),
    pbxs: marked(
      z.array(text(32)).min(1).optional(),
      'Names of the PBXs (pbx[].name) whose calls it gets. Without it: those of all of them, as lines and groups have it',
      { sample: ['main'] },
    ),
    ...adapter.settings.shape,
  });
  // The adapter's own checks over several settings hold in the list as well.
  return entry.check(...((adapter.settings.def.checks ?? []) as z.core.$ZodCheck<unknown>[]));
}

function nameOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'name') : entry;
}
