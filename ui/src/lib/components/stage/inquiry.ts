/** What can be asked about someone's connection. */
export interface Inquiry {
  /** Of the details, which are shown beside the tile. */
  id: string;
  open: boolean;
  toggle: (anchor: HTMLElement) => void;
  retrying: boolean;
  retry: () => void;
  /** Since when they do not know what we send, in milliseconds of Unix time. */
  behindSince: number | undefined;
}
