// Writes `lib/generated/config.ts`: the keys of a configuration as types, from the schema that the
// program itself prints. Where there is no schema, in a package, nothing is to be written.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const SCHEMA = new URL('../../../adapters/gateway/zaloxide.schema.json', import.meta.url);
const TYPES = new URL('../lib/generated/config.ts', import.meta.url);

const OPENING = `// The keys of a configuration, as types. Written by scripts/config.mjs from the schema.

/** The token or another secret: the text itself, or the environment variable that holds it. */
export type Secret = string | { source: 'env'; id: string };

`;

/** A schema, followed to where it points; words that stand beside the pointer hold. */
function resolved(schema, root) {
  if (!schema.$ref) return schema;
  const parts = schema.$ref.slice(2).split('/');
  return { ...parts.reduce((at, part) => at[part], root), ...schema, $ref: undefined };
}

function type(schema, root, depth) {
  if (schema.$ref === '#/$defs/secret') return 'Secret';
  if (schema.$ref === '#/$defs/account') return 'AccountKeys';
  const { enum: values, anyOf, const: only, ...rest } = resolved(schema, root);
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (only !== undefined) return JSON.stringify(only);
  if (anyOf) return anyOf.map((each) => type(each, root, depth)).join(' | ');
  switch (rest.type) {
    case 'string':
      return 'string';
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array': {
      const item = type(rest.items, root, depth);
      return item.includes('|') ? `readonly (${item})[]` : `readonly ${item}[]`;
    }
    case 'object':
      if (rest.properties) return fields(rest.properties, root, depth + 1);
      return rest.additionalProperties
        ? `{ [name: string]: ${type(rest.additionalProperties, root, depth)} }`
        : 'object';
    default:
      return 'unknown';
  }
}

function fields(properties, root, depth) {
  const indent = '  '.repeat(depth);
  const lines = Object.entries(properties).flatMap(([name, schema]) => {
    const { description, deprecated, default: value } = resolved(schema, root);
    const usual = value === undefined ? '' : ` Else ${JSON.stringify(value)}.`;
    const words = `${description}.${usual}`;
    const doc = deprecated ? `/** @deprecated ${words} */` : `/** ${words} */`;
    return [`${indent}${doc}`, `${indent}${name}?: ${type(schema, root, depth)};`];
  });
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth - 1)}}`;
}

if (existsSync(SCHEMA)) {
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8'));
  const zalo = schema.properties.channels.properties.zalo;
  const account = fields(schema.$defs.account.properties, schema, 1);
  // What an account may say too is said once.
  const own = Object.entries(zalo.properties).filter(
    ([, each]) => !each.$ref?.startsWith('#/$defs/account/'),
  );
  const file = [
    OPENING,
    `/** The keys of one bot. */\nexport interface AccountKeys ${account}\n\n`,
    '/** The keys of `channels.zalo`: those of a bot, and of all of them together. */\n',
    `export interface Keys extends AccountKeys ${fields(Object.fromEntries(own), schema, 1)}\n`,
  ].join('');
  writeFileSync(TYPES, file.replaceAll('"', "'").replaceAll("\\'", '"'));
}
