/** Help that ends with an example, under the name by which the program was started. */
import type { Command } from 'commander';

/** Each example is what follows the program's name: `lint -f workflow.yaml`. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText('after', () => {
    const lines = examples.map((example) => `  ${programName(command)} ${example}`);
    return `\nExample${examples.length > 1 ? 's' : ''}:\n${lines.join('\n')}`;
  });
}

function programName(command: Command): string {
  if (command.parent === null) return 'foreshard';
  return command.parent.parent === null ? command.parent.name() : programName(command.parent);
}
