import { stringify } from 'yaml';
import type { AdapterSettings } from './crm.ts';
import { kindsOf, settingsJsonSchema, type SchemaNode } from './json-schema.ts';

const head = `# Settings of Patchcord. Every key is here with its default; what has none is commented out: take the first # away.
# In any text \${NAME} is replaced by the environment variable NAME. Relative paths start from the folder of this file.
# Check the file after a change: patchcord config check
`;

/** A complete settings file with comments, made from the schema. It can be used as it is: it then plays the demo PBX. */
export function sampleSettings(adapters: readonly AdapterSettings[] = []): string {
  const blocks = Object.entries(settingsJsonSchema(adapters).properties ?? {}).map(([key, node]) => {
    const [description, ...lines] = linesOf(key, node);
    return [description, ...(isSet(node) ? lines : lines.map((line) => `#${line}`))].join('\n');
  });
  return `${[head.trimEnd(), ...blocks].join('\n\n')}\n`;
}

/** Whether the setting has a value of its own when nobody gives one, so that it stands in the sample without a #. */
function isSet(node: SchemaNode): boolean {
  if (node.properties && node.sample === undefined) return Object.values(node.properties).some(isSet);
  return node.default !== undefined && node.type !== 'array';
}

/** Comment, key and value of one setting, as lines without indentation. */
function linesOf(key: string, node: SchemaNode): string[] {
  const comment = `# ${node.description ?? ''}`;
  if (node.properties && node.sample === undefined) return [comment, `${key}:`, ...indent(childLines(node), '  ')];
  const kinds = kindsOf(node);
  if (kinds.length > 0) return [comment, `${key}:`, ...kinds.flatMap(entryLines)];
  return [comment, `${key}: ${flow(node.sample ?? node.default)}`];
}

function entryLines(kind: SchemaNode): string[] {
  const [first = '', ...rest] = childLines(kind);
  return [`  - ${first}`, ...indent(rest, '    ')];
}

function childLines(node: SchemaNode): string[] {
  const children = Object.entries(node.properties ?? {});
  const needed = new Set([...(node.required ?? []), ...children.map(([, child]) => child.insteadOf)]);
  return children.flatMap(([key, child]) => {
    const [comment = '', ...lines] = linesOf(key, child);
    return [comment, ...(needed.has(key) || isSet(child) ? lines : lines.map((line) => `# ${line}`))];
  });
}

function indent(lines: readonly string[], by: string): string[] {
  return lines.map((line) => by + line);
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd();
}
