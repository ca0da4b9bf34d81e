/**
 * What a person chose and expects to find again.
 */
export type Preferences = { name: string, };
