/**
 * Why a command failed. The sentence a person reads is chosen from the code.
 */
export type AppError = { code: string, detail: { [key in string]: string | number | boolean | null }, };
