/** What a person can ask about someone's connection. */
export interface Inquiry {
  /** Id of the details, which are shown beside the tile. */
  id: string;
  open: boolean;
  toggle: (anchor: HTMLElement) => void;
  retrying: boolean;
  retry: () => void;
  /** Since when they do not have our newest state, in milliseconds of Unix time. */
  behindSince: number | undefined;
}
