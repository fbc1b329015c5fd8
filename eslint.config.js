// Lint rules. The blocks at the end are the import rules of the layout (CONTRIBUTING.md, "Layout"):
// a file's folder says what it may import, and this file is what checks it.
import js from '@eslint/js';
import ts from 'typescript-eslint';

/** Forbids imports whose path matches, with the reason a reader gets. */
const forbid = (...rules) => ({
  'no-restricted-imports': 'off',
  '@typescript-eslint/no-restricted-imports': [
    'error',
    { patterns: rules.map(([regex, message]) => ({ regex, message })) },
  ],
});

const room = (names) => `^\\.\\./(\\.\\./)*(${names})/`;

const wallClock = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the clock as an argument.',
  },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take the clock as an argument.',
  },
];
const random = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: 'Take a seeded generator as an argument: runs must be repeatable.',
};

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '**/*.generated.ts', '.demo/', '.cluster/'] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...ts.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: ['error', 'smart'],
      'no-restricted-syntax': ['error', random],
    },
  },
  {
    // Pure decisions: no clock, no I/O, no client, no package.
    files: ['src/core/**'],
    rules: {
      ...forbid(
        ['^[^.]', 'src/core is pure: it imports nothing but src/core and src/api.'],
        [
          room('runtime|controllers|history|metrics|ml|cli|ui'),
          'src/core imports nothing but src/core and src/api.',
        ],
      ),
      'no-restricted-globals': [
        'error',
        'process',
        'console',
        'fetch',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'performance',
        'crypto',
        'Buffer',
      ],
      'no-restricted-syntax': ['error', random, ...wallClock],
    },
  },
  {
    // Time comes from runtime/clock.ts, so that tests can hold it.
    files: ['src/controllers/**', 'src/runtime/**', 'src/history/**', 'src/metrics/**'],
    ignores: ['src/runtime/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', random, ...wallClock] },
  },
  {
    files: ['src/api/**'],
    rules: forbid([
      room('core|runtime|controllers|history|metrics|ml|cli|ui'),
      'src/api is the lowest room.',
    ]),
  },
  {
    files: ['src/runtime/**'],
    rules: forbid([
      room('api|core|controllers|history|metrics|ml|cli|ui'),
      'src/runtime knows nothing of Foreshard.',
    ]),
  },
  {
    files: ['src/history/**', 'src/metrics/**'],
    rules: forbid([
      room('controllers|cli|ui'),
      'History and collectors are below the controllers: they import api, core and runtime.',
    ]),
  },
  {
    files: ['src/ml/**'],
    rules: forbid([
      room('api|metrics|controllers|cli|ui'),
      'Training is below the controllers: it imports core, history and runtime.',
    ]),
  },
  {
    files: ['src/controllers/**'],
    rules: forbid([room('cli|ui'), 'Controllers do not know the command line.']),
  },
  {
    files: ['test/**'],
    rules: {
      // chai's assertions are property accesses, and test bodies await what they need.
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  { files: ['**/*.js', '**/*.cjs'], ...ts.configs.disableTypeChecked },
  {
    // mocha loads its reporter as CommonJS.
    files: ['**/*.cjs'],
    languageOptions: { globals: { require: 'readonly', module: 'writable', console: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
