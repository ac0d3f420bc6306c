/** The page at `/` and the widget, as routes. */
import type { Express } from 'express';
import { loadPage, serveAsset } from './assets.ts';

export function mountPage(app: Express): void {
  for (const [path, asset] of loadPage())
    app.get(path, (request, response) => serveAsset(asset, request, response));
}
