/** The part of the package that is used; it brings no types of its own. */
declare module 'fs-native-extensions' {
  /**
   * Takes the kernel's exclusive lock on an open file at once: false where another open of the file holds it. The lock
   * belongs to the open file, so a child that inherits it holds it too, and ends with its last holder, however that ends.
   */
  export function tryLock(fileDescriptor: number): boolean;
}
