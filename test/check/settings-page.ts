import { adapters } from '../../src/crm/registry.ts';
import { describeType, kindsOf, settingsJsonSchema, type SchemaNode } from '../../src/settings/json-schema.ts';
import { sampleSettings } from '../../src/settings/sample.ts';

/** The page docs/generated/settings.md. */
export function settingsPage(): string {
  return `# Settings

<!-- Made from src/settings/schema.ts: npm test -- --project check -u -->

Patchcord reads \`patchcord.yaml\` from the folder where it is started, or the file that \`--settings\` names. Without a file it plays its
demo PBX. A wrong file is refused with every problem named by line, key and mend: \`patchcord config check\`. Nothing is silently
replaced by a default, and a key that is not listed here is an error.

- In any text \`\${NAME}\` is replaced by the environment variable of that name (inside a URL it is percent-encoded); \`$\${\` is a plain \`\${\`.
- Relative paths start from the folder of the file.
- A number where text is expected (\`extension: 101\`) is taken as it is written.
- Patterns: \`1XX\`, \`_8NXXXXXXXXX\`, \`[2-4]X.\` as in an Asterisk dialplan (X is 0-9, Z is 1-9, N is 2-9, a last \`.\` one or more
  characters, a last \`!\` any number of them); in \`trunk*\` the \`*\` is any characters; anything else is the name itself.

| setting | value | default | meaning |
| --- | --- | --- | --- |
${rows(settingsJsonSchema(adapters), '').join('\n')}

## Sample

What \`patchcord config sample\` prints:

\`\`\`yaml
${sampleSettings(adapters)}\`\`\`
`;
}

function rows(node: SchemaNode, prefix: string): string[] {
  const required = new Set(node.required);
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix + key;
    const own = `| \`${path}\` | ${typeText(child)} | ${defaultText(child, required.has(key))} | ${escape(meaning(child))} |`;
    if (child.sample !== undefined && child.properties) return [own];
    if (!child.items) return [own, ...rows(child, `${path}.`)];
    return [own, ...kindsOf(child).flatMap((kind) => rows(kind, `${path}[${kindName(kind)}].`))];
  });
}

/** `webhook` in a list whose entries are of several kinds; else nothing. */
function kindName(kind: SchemaNode): string {
  return kind.properties?.['type']?.const ?? '';
}

function meaning(node: SchemaNode): string {
  const known =
    node.sample !== undefined && node.properties ? `. Known: ${Object.keys(node.properties).join(', ')}` : '';
  const secret =
    node.secret === undefined ? '' : node.secret === true ? '. Never shown' : `. Its ${node.secret} is never shown`;
  return `${node.description ?? ''}${known}${secret}`;
}

function typeText(node: SchemaNode): string {
  return escape(describeType(node));
}

function defaultText(node: SchemaNode, isRequired: boolean): string {
  if (isRequired) return '**needed**';
  if (node.default === undefined || node.properties) return '';
  return `\`${JSON.stringify(node.default)}\``;
}

function escape(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
