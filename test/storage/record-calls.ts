/**
 * Loaded before everything else, in each thread: writes down which files are synced and removed, in the order in which
 * it happens, and lets it happen.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { openSync, fsyncSync, fdatasyncSync, rmSync, truncateSync, appendFileSync } = fs;
const book = process.env.CALLS_FILE ?? '';
const paths = new Map<number, string>();

export const tell = (text: string): void => appendFileSync(book, `${text}\n`);

fs.openSync = (path, ...rest) => {
  const fd = openSync(path, ...rest);
  paths.set(fd, String(path));
  return fd;
};
fs.fsyncSync = fd => {
  fsyncSync(fd);
  tell(`sync ${paths.get(fd)}`);
};
fs.fdatasyncSync = fd => {
  fdatasyncSync(fd);
  tell(`sync ${paths.get(fd)}`);
};
fs.rmSync = (path, options) => {
  rmSync(path, options);
  tell(`remove ${path}`);
};
fs.truncateSync = (path, length) => {
  truncateSync(path, length);
  tell(`empty ${path}`);
};
syncBuiltinESMExports();
