/**
 * Choices of a person on this computer, on which nothing else depends. They outlive the page, but a webview may refuse
 * to keep anything; then they hold until it is loaded again.
 */

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It holds until the page is loaded again.
  }
}
