import { z } from 'zod';
import type { AdapterSettings } from './crm.ts';
import type { Marks } from './marks.ts';
import { settingsSchemaWith } from './schema.ts';

/** What we use of JSON Schema, with our marks; the sample, the documentation and the redacted view walk it. */
export interface SchemaNode extends Marks {
  readonly type?: string;
  readonly anyOf?: readonly SchemaNode[];
  /** Several kinds of one thing, told apart by their `type`. */
  readonly oneOf?: readonly SchemaNode[];
  readonly const?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
}

/** The settings file's schema as plain data. */
export function settingsJsonSchema(adapters: readonly AdapterSettings[] = []): SchemaNode {
  return z.toJSONSchema(settingsSchemaWith(adapters), { io: 'input' }) as SchemaNode;
}

/** The node that describes the value at a path of keys and indexes in these settings, or null when there is none. */
export function nodeAt(root: SchemaNode, path: readonly PropertyKey[], settings: unknown): SchemaNode | null {
  let node: SchemaNode | undefined = root;
  let value = settings;
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    node = variantOf(typeof key === 'number' ? node?.items : node?.properties?.[String(key)], value);
  }
  return node ?? null;
}

/** Of several kinds, the one that the value says it is; as it was when there is one kind only, or the value does not tell. */
export function variantOf(node: SchemaNode | undefined, value: unknown): SchemaNode | undefined {
  if (!node?.oneOf || typeof value !== 'object' || value === null) return node;
  const type: unknown = Reflect.get(value, 'type');
  return node.oneOf.find((one) => one.properties?.['type']?.const === type) ?? node;
}

/** The kinds that entries of this list can be. */
export function kindsOf(list: SchemaNode): readonly SchemaNode[] {
  if (!list.items) return [];
  return list.items.oneOf ?? (list.items.properties ? [list.items] : []);
}

/** What a value of this node is called in a message: `text`, `whole number from 1 to 65535`, `one of error, warn`. */
export function describeType(node: SchemaNode): string {
  if (node.const !== undefined) return node.const;
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  if (node.anyOf) return node.anyOf.map(describeType).join(' or ');
  if (node.type === 'integer') return `whole number from ${node.minimum} to ${node.maximum}`;
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'array')
    return `list${node.items ? ` of ${kindsOf(node).length > 0 ? 'entries' : describeType(node.items)}` : ''}`;
  if (node.type === 'object') return 'group of settings';
  return node.type === 'string' ? 'text' : (node.type ?? 'anything');
}
