import { z } from 'zod';
import { settingsSchema, type Marks } from './schema.ts';

/** What we use of JSON Schema, with our marks; the sample, the documentation and the redacted view walk it. */
export interface SchemaNode extends Marks {
  readonly type?: string;
  readonly anyOf?: readonly SchemaNode[];
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
export function settingsJsonSchema(): SchemaNode {
  return z.toJSONSchema(settingsSchema, { io: 'input' }) as SchemaNode;
}

/** The node that describes the value at a path of keys and indexes, or null when there is none. */
export function nodeAt(root: SchemaNode, path: readonly PropertyKey[]): SchemaNode | null {
  let node: SchemaNode | undefined = root;
  for (const key of path) node = typeof key === 'number' ? node?.items : node?.properties?.[String(key)];
  return node ?? null;
}

/** What a value of this node is called in a message: `text`, `whole number from 1 to 65535`, `one of error, warn`. */
export function describeType(node: SchemaNode): string {
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  if (node.anyOf) return node.anyOf.map(describeType).join(' or ');
  if (node.type === 'integer') return `whole number from ${node.minimum} to ${node.maximum}`;
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'array')
    return `list${node.items ? ` of ${node.items.properties ? 'entries' : describeType(node.items)}` : ''}`;
  if (node.type === 'object') return 'group of settings';
  return node.type === 'string' ? 'text' : (node.type ?? 'anything');
}
