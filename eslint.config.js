import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import tseslint from 'typescript-eslint';

const SDKS = ['@slack/*', 'telegraf', 'telegraf/*', 'pg', 'bullmq', 'ioredis', 'execa', 'pino', 'ws'];

/** Imports by a relative path that lead into one of these folders. */
const into = (folders, message) => ({ regex: `^\\.{1,2}/(?:.*/)?(?:${folders.join('|')})/`, message });

/** The wiring alone may import everything: src/main.ts, and src/main/ should it need more than one file. */
const WIRING = ['src/main.ts', 'src/main/**'];

const adapters = existsSync('adapters') ? readdirSync('adapters', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name) : [];

/** An adapter may not reach into a sibling: what two of them need belongs to src. */
const adapterBoundaries = adapters.map((name) => ({
  files: [`adapters/${name}/**/*.ts`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [
        into(['jobs', 'demo', 'test'], 'Adapters import src, and nothing that stands above them.'),
        ...adapters
          .filter((other) => other !== name)
          .map((other) => ({ regex: `^(?:\\.\\./)+(?:adapters/)?${other}/`, message: `Adapters never import each other (${other}); go through a port of src.` })),
      ],
    }],
  },
}));

const coreRules = {
  'array-callback-return': 'error',
  'consistent-return': 'off',
  curly: ['error', 'multi-line'],
  eqeqeq: 'error',
  'no-constant-binary-expression': 'error',
  'no-debugger': 'error',
  'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
  'no-fallthrough': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'off',
  'no-unreachable-loop': 'error',
  'no-unsafe-finally': 'error',
  'no-useless-escape': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  'max-lines': ['error', 400],
  // The same rule under a second name: 250 lines need a reason, 400 need a split.
  'size/max-lines': ['warn', 250],
};

export default defineConfig(
  { ignores: ['dist/**', 'coverage/**', '.planb/**', '.tmp/**', 'node_modules/**'] },
  {
    // A comment that switches a rule off is ignored, and reported.
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    plugins: { size: { rules: { 'max-lines': builtinRules.get('max-lines') } } },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...coreRules,
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      // `return response.end()` ends a branch and reads well.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A method is async because its port says so, not because it waits.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', {
        selector: 'TSAsExpression > TSAsExpression.expression[typeAnnotation.type="TSUnknownKeyword"]',
        message: 'A cast through unknown hides a type error; parse or narrow instead.',
      }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: WIRING,
    rules: {
      'no-restricted-imports': ['error', {
        paths: [{ name: 'node:crypto', allowImportNames: ['createHash', 'createHmac', 'timingSafeEqual'], message: 'Of Node, decision code may take hashing only.' }],
        patterns: [
          into(['adapters', 'jobs', 'demo', 'test'], 'src decides; only src/main.ts wires.'),
          { regex: '^node:(?!crypto$)', message: 'Decision code does no I/O: what it needs arrives in the command or through a port.' },
          { group: SDKS, message: 'src knows no SDK.' },
        ],
      }],
      'no-restricted-properties': ['error',
        { object: 'Date', property: 'now', message: 'Time arrives in the command.' },
        { object: 'Math', property: 'random', message: 'Ids arrive in the command.' },
        { object: 'performance', property: 'now', message: 'Time arrives in the command.' },
        { object: 'process', property: 'env', message: 'Configuration arrives parsed.' },
      ],
      'no-restricted-syntax': ['error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Time arrives in the command.' },
        {
          selector: 'TSAsExpression > TSAsExpression.expression[typeAnnotation.type="TSUnknownKeyword"]',
          message: 'A cast through unknown hides a type error; parse or narrow instead.',
        },
      ],
    },
  },
  ...adapterBoundaries,
  {
    files: ['jobs/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', { object: 'AbortSignal', property: 'timeout', message: 'Node 20 loses it within AbortSignal.any: use abortAfter.' }],
      'no-restricted-imports': ['error', { patterns: [into(['adapters', 'demo', 'test'], 'Jobs import src and reach adapters through its ports.')] }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Vitest's matchers are typed any, and its spies are looked at by their method.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    rules: coreRules,
  },
);
