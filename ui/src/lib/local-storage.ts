/**
 * Settings of this computer that nothing else depends on. They outlive the page. If a webview refuses to store them,
 * they last until the page is loaded again.
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
    // It lasts until the page is loaded again.
  }
}
