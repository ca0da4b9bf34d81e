// What the linter checks in the page. The type checker (`svelte-check`) finds wrong types. This finds code that is
// legal but still a mistake: a promise that is not awaited, a forgotten case, state that Svelte cannot follow.
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

export default ts.config(
  // The wire types are generated. The configuration files are outside of the type checker's project.
  { ignores: ["dist/", "dist-fake/", "src/lib/wire/", "*.config.js"] },
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, extraFileExtensions: [".svelte"] },
    },
    rules: {
      // `!= null` checks for null and undefined at once.
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-var": "error",
      "prefer-const": "off",
      "svelte/prefer-const": "error",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Maps and sets of the page are replaced as a whole, never changed in place.
      "svelte/prefer-svelte-reactivity": "off",
      // `{" "}` keeps a space that the template would lose.
      "svelte/no-useless-mustaches": "off",
    },
  },
  {
    files: ["tests/**"],
    // A test names the mock of a backend's method to check how it was called, and never calls it.
    rules: { "@typescript-eslint/unbound-method": "off" },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ["**/*.svelte"],
    // The linter does not know the types inside a template; `svelte-check` does.
    rules: {
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
);
