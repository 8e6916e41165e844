const KEY = 'trainyard-signed-in-before';

/** Whether somebody has signed in with this browser: whoever has not is offered an account first. */
export function hasSignedInBefore(): boolean {
  return window.localStorage.getItem(KEY) !== null;
}

export function rememberSignIn(): void {
  window.localStorage.setItem(KEY, 'true');
}
