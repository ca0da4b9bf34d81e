/**
 * What a person set on this computer and nothing else depends on. It outlives the page. Where a webview refuses to
 * store anything, it holds until the page is loaded again.
 */

export function readLocal(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function writeLocal(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It holds until the page is loaded again.
  }
}
