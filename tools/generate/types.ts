/**
 * Writes src/api/types.generated.ts from crds/*.yaml.
 *
 *     npm run generate         write the file
 *     npm run generate:check   fail when the file is not what the CRDs say
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { readKindSchemas } from '../../src/api/validation/schema.ts';
import { typeSchemas } from './schema.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUTPUT = 'src/api/types.generated.ts';

const BANNER = `/**
 * The types of the API group foreshard.dev, generated from crds/*.yaml by tools/generate/types.ts: edit
 * those, and run \`npm run generate\`. Fields that the API server fills with a default are optional here,
 * since a manifest may leave them out.
 */
import type { ListMeta, ObjectMeta } from './meta.ts';`;

async function generate(): Promise<string> {
  const definitions = typeSchemas(await readKindSchemas());
  // An object that refers to every definition makes each an exported interface; itself it is cut off again.
  const root = { title: 'Root', type: 'object', additionalProperties: false, definitions } as const;
  const text = await compile(root as Parameters<typeof compile>[0], 'Root', {
    bannerComment: BANNER,
    unreachableDefinitions: true,
    ignoreMinAndMaxItems: true,
    style: { printWidth: 110, singleQuote: true, bracketSpacing: true },
  });
  return tidy(text);
}

/** Takes out the compiler's notes on how it came upon each interface, and sets the interfaces apart. */
function tidy(text: string): string {
  return text
    .replace(/export interface Root \{\}\n+/, '')
    .replaceAll(
      / \* This interface was referenced by `Root`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g,
      '',
    )
    .replaceAll(/\/\*\*\n \*\/\n/g, '')
    .replaceAll(/ \*\n \*\/\n/g, ' */\n')
    .replaceAll(/^\}\n(?=\S)/gm, '}\n\n');
}

async function main(): Promise<void> {
  const path = join(ROOT, OUTPUT);
  const wanted = await generate();
  if (!process.argv.includes('--check')) return writeFile(path, wanted);

  const present = await readFile(path, 'utf8').catch(() => '');
  if (present === wanted) return;
  console.error(`error: ${OUTPUT} is not what crds/ says: run \`npm run generate\` and commit the result.`);
  process.exitCode = 1;
}

await main();
