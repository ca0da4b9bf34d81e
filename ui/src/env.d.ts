/** What `vite.config.ts` puts into the page. */
interface ImportMetaEnv {
  /** Version of the app that this page belongs to. */
  readonly VERSION: string;
}
