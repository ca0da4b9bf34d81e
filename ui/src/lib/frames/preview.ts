/** The number of the one feed a preview has, the own camera: `Preview::FEED` in the core. */
export const PREVIEW_FEED = 0;
