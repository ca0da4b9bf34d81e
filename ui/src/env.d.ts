/** What `vite.config.ts` puts into the page. */
interface ImportMetaEnv {
  /** Of the app this page belongs to. */
  readonly VERSION: string;
}
