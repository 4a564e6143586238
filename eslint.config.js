import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NODE_GLOBALS = Object.fromEntries(
  ['Buffer', 'URL', 'console', 'performance', 'process', 'setImmediate', 'setTimeout', 'clearTimeout'].map(
    (name) => [name, 'readonly'],
  ),
);

export default defineConfig(
  { ignores: ['dist/', 'build/', 'build-native/', 'coverage/'] },
  {
    files: ['**/*.mjs'],
    extends: [js.configs.recommended],
    // What Node has beside the language; scripts/ and bench/ are not compiled, so nothing else would find a wrong name.
    languageOptions: { globals: NODE_GLOBALS },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Sentences for people are full of numbers.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNever: true },
      ],
      // `(x) => emitter.off(x)` and, in a function of void, `return this.#put(x)` read well: nothing is returned.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // readRecord<T>(file): the caller says what the file holds, which nothing else can know.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Code points are meant: a column is as wide as them, as podman's tables count it, and `rwm` is three letters.
      '@typescript-eslint/no-misused-spread': 'off',
      // A port says Promise where one of its implementations needs none.
      '@typescript-eslint/require-await': 'off',
      // `_` marks what must be named and is not used: a held lock, a left-out member.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Callers in plain JavaScript, records on disk and containers break types: checks that types call needless are what
      // turns that into an error with a sentence.
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: {
      // commander makes a command's children by the class's own createCommand, which its types do not tell.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests read JSON and errors of any shape, and make wrong ones; what is not as expected fails there.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      // expect(object.method) compares functions and calls none.
      '@typescript-eslint/unbound-method': 'off',
      // A test that is wrong about a value fails there, which is what it is for.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
